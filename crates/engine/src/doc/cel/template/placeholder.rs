//! `(( expression ))` in a text.

/// A part of a text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Part {
    /// As it stands.
    Text(String),
    /// What stands between the parentheses, trimmed.
    Expression(String),
}

/// Takes a text apart. `\((` stands for `((`. Parentheses within an expression are balanced, and
/// those in its texts do not count.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("((") {
        let (front, back) = rest.split_at(at);
        let inner = back.get(2..).unwrap_or_default();
        if let Some(front) = front.strip_suffix('\\') {
            plain.push_str(front);
            plain.push_str("((");
            rest = inner;
            continue;
        }
        plain.push_str(front);
        let end = end_of(inner).ok_or_else(|| "a placeholder `((` has no end `))`".to_owned())?;
        let (source, behind) = inner.split_at(end);
        let source = source.trim();
        if source.is_empty() {
            return Err("a placeholder is empty".to_owned());
        }
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Expression(source.to_owned()));
        rest = behind.get(2..).unwrap_or_default();
    }
    plain.push_str(rest);
    if !plain.is_empty() || parts.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Where the `))` is that ends an expression.
fn end_of(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, letter)) = chars.next() {
        match (quote, letter) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(open), letter) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ')') if text.get(at..)?.starts_with("))") => return Some(at),
            (None, _) => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Part, parts};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn placeholders() {
        check("",                     "");
        check("plain (text)",         "plain (text)");
        check("(( a ))",              "<a>");
        check("x-(( a ))-((b))",      "x-<a>-<b>");
        check("(( f(g(1)) ))",        "<f(g(1))>");
        check("(( '))' + \"((\" ))",  "<'))' + \"((\">");
        check("(( 'it\\'s ))' ))",    "<'it\\'s ))'>");
        check(r"\((x))",              "((x))");
        check("(( ))",                "! a placeholder is empty");
        check("(( a",                 "! a placeholder `((` has no end `))`");
        check("((((a)) ))",           "<((a))>");
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        let shown = match parts(text) {
            Ok(parts) => parts.iter().map(show).collect(),
            Err(error) => format!("! {error}"),
        };
        assert_eq!(shown, expect, "`{text}`");
    }

    fn show(part: &Part) -> String {
        match part {
            Part::Text(text) => text.clone(),
            Part::Expression(source) => format!("<{source}>"),
        }
    }
}
