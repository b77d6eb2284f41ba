//! Wildcards: `*` is any run of characters, `?` is exactly one, everything else is itself.
//!
//! Comes in:  a pattern and a text.
//! Goes out:  whether the pattern covers the whole text.
//! Never here: escapes (the notation has none), regular expressions, case folding.
//!
//! Two ways in: [`matches`] for a pattern met once, [`Wildcard`] for one that a policy
//! holds and every request meets again.

use memchr::memmem::Finder;

/// Whether `pattern` covers the whole of `text`.
///
/// Characters are Unicode code points. The empty pattern fits only the empty text.
/// Cost: at most `pattern.len() * text.len()` steps, no allocation.
pub fn matches(pattern: &str, text: &str) -> bool {
    // Most texts differ from the pattern in their first byte.
    if let (Some(wanted), Some(found)) = (pattern.as_bytes().first(), text.as_bytes().first())
        && wanted != found
        && !matches!(wanted, b'*' | b'?')
    {
        return false;
    }
    // Every pattern covers its own text.
    if pattern == text || pattern == "*" {
        return true;
    }
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    // The state just after the last `*`, and the text it has not swallowed yet. Only the
    // last star ever needs a second try: an earlier one already did its part.
    let mut retry = None;
    loop {
        let mut rest = pattern.clone();
        match rest.next() {
            Some('*') => {
                pattern = rest;
                retry = Some((pattern.clone(), text.clone()));
                continue;
            }
            Some(wanted) => {
                let mut tail = text.clone();
                match tail.next() {
                    Some(found) if wanted == '?' || wanted == found => {
                        pattern = rest;
                        text = tail;
                        continue;
                    }
                    Some(_) => {}
                    // Nothing left to consume: giving more to a star cannot help.
                    None => return false,
                }
            }
            None if text.as_str().is_empty() => return true,
            None => {}
        }
        match &mut retry {
            Some((after_star, swallowed)) => {
                swallowed.next();
                pattern = after_star.clone();
                text = swallowed.clone();
            }
            None => return false,
        }
    }
}

/// Whether `text` holds a `*` or a `?`.
pub fn has_wildcard(text: &str) -> bool {
    memchr::memchr2(b'*', b'?', text.as_bytes()).is_some()
}

/// A pattern made ready once, to be asked many times.
///
/// It answers exactly as [`matches`] does. Patterns without `?` are cut at their stars:
/// both ends are compared in place and the pieces between are searched for, so they cost
/// about one pass over the text. The rest fall back to [`matches`]. No allocation to ask.
#[derive(Clone, Debug)]
pub struct Wildcard {
    source: Box<str>,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// No wildcard at all.
    Literal,
    /// `?*`: the usual way to say "not empty".
    NotEmpty,
    /// `head*piece*...*tail`: the lengths of both ends, and what must lie between, in order.
    Pieces {
        head: usize,
        tail: usize,
        middle: Box<[Finder<'static>]>,
    },
    /// Anything with a `?`.
    General,
}

impl Wildcard {
    /// Prepares `pattern`. Every text is a valid pattern.
    pub fn new(pattern: &str) -> Self {
        Self {
            source: pattern.into(),
            form: Form::of(pattern),
        }
    }

    /// The pattern as written.
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// What every text begins with that fits: all before the first wildcard.
    pub fn head(&self) -> &str {
        let end = memchr::memchr2(b'*', b'?', self.source.as_bytes());
        self.source
            .get(..end.unwrap_or(self.source.len()))
            .unwrap_or_default()
    }

    /// Whether the pattern holds no wildcard, so that only its own text fits.
    pub fn is_literal(&self) -> bool {
        matches!(self.form, Form::Literal)
    }

    /// Whether the pattern covers the whole of `text`.
    pub fn matches(&self, text: &str) -> bool {
        match &self.form {
            Form::Literal => &*self.source == text,
            Form::NotEmpty => !text.is_empty(),
            Form::Pieces { head, tail, middle } => {
                let (head, tail) = self.ends(*head, *tail);
                let inner = text
                    .strip_prefix(head)
                    .and_then(|rest| rest.strip_suffix(tail));
                inner.is_some_and(|inner| in_order(middle, inner))
            }
            Form::General => matches(&self.source, text),
        }
    }

    fn ends(&self, head: usize, tail: usize) -> (&str, &str) {
        let source = &*self.source;
        (
            source.get(..head).unwrap_or_default(),
            source.get(source.len() - tail..).unwrap_or_default(),
        )
    }
}

impl Form {
    fn of(pattern: &str) -> Self {
        if !has_wildcard(pattern) {
            return Self::Literal;
        }
        if pattern == "?*" || pattern == "*?" {
            return Self::NotEmpty;
        }
        let (Some((head, _)), Some((_, tail)), false) = (
            pattern.split_once('*'),
            pattern.rsplit_once('*'),
            pattern.contains('?'),
        ) else {
            return Self::General;
        };
        let between = pattern
            .get(head.len()..pattern.len() - tail.len())
            .unwrap_or_default();
        Self::Pieces {
            head: head.len(),
            tail: tail.len(),
            middle: between
                .split('*')
                .filter(|piece| !piece.is_empty())
                .map(|piece| Finder::new(piece).into_owned())
                .collect(),
        }
    }
}

/// Whether the pieces occur one after the other. Taking each at its first place is enough:
/// a later place only leaves less text for the next piece.
fn in_order(pieces: &[Finder<'_>], text: &str) -> bool {
    let mut rest = text.as_bytes();
    pieces.iter().all(|piece| match piece.find(rest) {
        Some(at) => {
            rest = rest.get(at + piece.needle().len()..).unwrap_or_default();
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::{Wildcard, has_wildcard, matches};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn wildcards() {
        check("exact text",                 "default",   "default",       true);
        check("exact text differs",         "default",   "Default",       false);
        check("star matches nothing",       "kube-*",    "kube-",         true);
        check("star matches a run",         "kube-*",    "kube-system",   true);
        check("star is anchored",           "kube-*",    "my-kube-x",     false);
        check("star crosses slashes",       "*/nginx",   "ghcr.io/a/nginx", true);
        check("star crosses lines",         "a*b",       "a\n\nb",        true);
        check("star at the end only",       "*",         "",              true);
        check("many stars",                 "***",       "x",             true);
        check("both ends",                  "a*a",       "aa",            true);
        check("ends may not overlap",       "a*a",       "a",             false);
        check("pieces in order",            "a*bc*d",    "axbcxbcxd",     true);
        check("pieces out of order",        "*b*a*",     "ab",            false);
        check("pieces may not overlap",     "*ab*ba*",   "aba",           false);
        check("second try of a star",       "*:latest",  "a:b:latest",    true);
        check("question mark is one char",  "v?",        "v1",            true);
        check("question mark is not empty", "v?",        "v",             false);
        check("not empty",                  "?*",        "x",             true);
        check("not empty on empty",         "?*",        "",              false);
        check("star then one",              "*?",        "é",             true);
        check("two at least",               "??*",       "é",             false);
        check("question inside",            "a*?c*",     "aabcx",         true);
        check("chars, not bytes",           "?",         "é",             true);
        check("chars after a star",         "*?b",       "éb",            true);
        check("no escape",                  "\\*",       "*",             false);
        check("backslash is itself",        "\\*",       "\\x",           true);
        check("empty fits only empty",      "",          "a",             false);
        check("empty fits empty",           "",          "",              true);
        check("text is not a pattern",      "a",         "*",             false);
    }

    /// Both ways in must agree, so every row asks both.
    #[track_caller]
    fn check(case: &str, pattern: &str, text: &str, expect: bool) {
        assert_eq!(
            matches(pattern, text),
            expect,
            "{case}: `{pattern}` on `{text}`"
        );
        let ready = Wildcard::new(pattern);
        assert_eq!(
            ready.matches(text),
            expect,
            "{case}: prepared `{pattern}` on `{text}`"
        );
        assert_eq!(ready.is_literal(), !has_wildcard(pattern), "{case}");
    }

    #[test]
    fn hostile_patterns_end() {
        let text = "a".repeat(5_000);
        let pattern = "*a".repeat(40) + "*b";
        assert!(!matches(&pattern, &text));
        assert!(!Wildcard::new(&pattern).matches(&text));
        assert!(!Wildcard::new(&("?*a".repeat(40) + "b")).matches(&text));
    }

    #[test]
    fn both_ways_agree_on_every_short_pattern() {
        let texts: Vec<String> = words(&['a', 'b'], 5).collect();
        for pattern in words(&['a', 'b', '*', '?'], 5) {
            let ready = Wildcard::new(&pattern);
            for text in &texts {
                assert_eq!(
                    ready.matches(text),
                    matches(&pattern, text),
                    "`{pattern}` on `{text}`"
                );
            }
        }
    }

    /// Every word of at most `longest` letters.
    fn words(letters: &'static [char], longest: u32) -> impl Iterator<Item = String> {
        let count = letters.len();
        (0..=longest).flat_map(move |len| {
            (0..count.pow(len)).map(move |n| {
                (0..len)
                    .map(|at| letters[n / count.pow(at) % count])
                    .collect()
            })
        })
    }
}
