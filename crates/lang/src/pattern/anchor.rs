//! The keys of a pattern map: a plain name, or a name in an anchor.
//!
//! Comes in:  a key as written.
//! Goes out:  [`Key`]: the anchor, if any, and the name that the resource is asked for.
//! Never here: what an anchor does to a match (see `map`).

/// What the parentheses around a key say.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Anchor {
    /// `(k)`: where this does not match, the whole map does not apply.
    Conditional,
    /// `<(k)`: where this is present and does not match, the whole rule does not apply.
    Global,
    /// `=(k)`: checked only where present.
    Equality,
    /// `X(k)`: must be absent.
    Negation,
    /// `^(k)`: some element of the list must match.
    Existence,
    /// `+(k)`: added by mutation; an ordinary key of that spelling in validation.
    AddIfAbsent,
}

impl Anchor {
    /// The text before the opening parenthesis.
    pub fn prefix(self) -> &'static str {
        match self {
            Anchor::Conditional => "",
            Anchor::Global => "<",
            Anchor::Equality => "=",
            Anchor::Negation => "X",
            Anchor::Existence => "^",
            Anchor::AddIfAbsent => "+",
        }
    }

    /// Whether validation gives it a meaning; to validation, `+(k)` is a name.
    pub fn validates(self) -> bool {
        self != Anchor::AddIfAbsent
    }
}

/// A key of a pattern map.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Key<'k> {
    /// As written.
    pub raw: &'k str,
    /// The anchor around it.
    pub anchor: Option<Anchor>,
    /// What it names: the text between the outermost parentheses, or the key as written.
    pub name: &'k str,
}

impl<'k> Key<'k> {
    /// Reads a key. Every text is one: what is no anchor is a plain name.
    ///
    /// Blanks around the whole do not count, blanks inside the parentheses do.
    pub fn parse(raw: &'k str) -> Self {
        let plain = Key {
            raw,
            anchor: None,
            name: raw,
        };
        // Most keys are short and have none: that takes less than preparing a search.
        if !raw.bytes().any(|byte| byte == b'(') {
            return plain;
        }
        let Some((prefix, rest)) = raw.trim_start().split_once('(') else {
            return plain;
        };
        let anchor = match prefix {
            "" => Anchor::Conditional,
            "<" => Anchor::Global,
            "=" => Anchor::Equality,
            "X" => Anchor::Negation,
            "^" => Anchor::Existence,
            "+" => Anchor::AddIfAbsent,
            _ => return plain,
        };
        match rest.trim_end().strip_suffix(')') {
            Some(name) if !name.is_empty() && !name.contains('\n') => Key {
                raw,
                anchor: Some(anchor),
                name,
            },
            _ => plain,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Anchor, Key};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn keys() {
        check("name",     None,                      "name");
        check("(name)",   Some(Anchor::Conditional), "name");
        check("<(name)",  Some(Anchor::Global),      "name");
        check("=(name)",  Some(Anchor::Equality),    "name");
        check("X(name)",  Some(Anchor::Negation),    "name");
        check("^(name)",  Some(Anchor::Existence),   "name");
        check("+(name)",  Some(Anchor::AddIfAbsent), "name");
        check(" (a) ",    Some(Anchor::Conditional), "a");
        check("( a )",    Some(Anchor::Conditional), " a ");
        check("((a))",    Some(Anchor::Conditional), "(a)");
        check("=(=(a))",  Some(Anchor::Equality),    "=(a)");
        check("(a)(b)",   Some(Anchor::Conditional), "a)(b");
        check("()",       None,                      "()");
        check("(a",       None,                      "(a");
        check("a)",       None,                      "a)");
        check("x(a)",     None,                      "x(a)");
        check("X (a)",    None,                      "X (a)");
        check("?(a)",     None,                      "?(a)");
        check(" a ",      None,                      " a ");
        check("(a\nb)",   None,                      "(a\nb)");
        check("",         None,                      "");
    }

    #[track_caller]
    fn check(raw: &str, anchor: Option<Anchor>, name: &str) {
        assert_eq!(Key::parse(raw), Key { raw, anchor, name }, "`{raw}`");
    }

    #[test]
    fn a_key_is_its_prefix_and_its_name() {
        for raw in ["(a)", "<(a)", "=(a)", "X(a)", "^(a)", "+(a)"] {
            let key = Key::parse(raw);
            let prefix = key.anchor.map_or("", Anchor::prefix);
            assert_eq!(format!("{prefix}({})", key.name), raw);
        }
    }
}
