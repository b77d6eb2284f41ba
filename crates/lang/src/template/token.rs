//! Finding `{{ }}` in a text.
//!
//! A token is what Kyverno's expression `(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})` finds: innermost
//! braces, with single `{...}` groups of one level inside, and no backslash in front. The character
//! in front belongs to the match, so of two tokens side by side only the first is found in one
//! pass. One pass over the text; a candidate ends at the next brace that does not fit, so nothing
//! is looked at twice.

use std::borrow::Cow;

use memchr::memmem;

/// A token in a text, braces included.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Token<'t> {
    /// Where its first brace stands.
    pub(super) start: usize,
    /// One past its last brace.
    pub(super) end: usize,
    text: &'t str,
}

/// Can there be variables, or escaped ones, in this text at all?
pub(super) fn may_have_variables(text: &str) -> bool {
    memmem::find(text.as_bytes(), b"{{").is_some()
}

/// The tokens of one pass, left to right.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let token = next(text, from)?;
        from = token.end;
        Some(token)
    })
}

/// `\{{` becomes `{{`.
pub(super) fn unescape(text: &str) -> String {
    text.replace("\\{{", "{{")
}

impl<'t> Token<'t> {
    /// The expression inside, and whether its answer is final (`{{- expression }}`). All doubled
    /// braces are taken away, not only the outermost.
    pub(super) fn expression(self) -> (Cow<'t, str>, bool) {
        let inside = self.text.get(2..self.text.len() - 2).unwrap_or_default();
        if inside.contains(['{', '}']) {
            let inside = self.text.replace("{{", "").replace("}}", "");
            let (expression, is_final) = trimmed(&inside);
            return (Cow::Owned(expression.to_owned()), is_final);
        }
        let (expression, is_final) = trimmed(inside);
        (Cow::Borrowed(expression), is_final)
    }

    /// Is it all of `text`?
    pub(super) fn is_all_of(self, text: &str) -> bool {
        self.start == 0 && self.end == text.len()
    }
}

fn trimmed(inside: &str) -> (&str, bool) {
    let inside = inside.trim();
    match inside.strip_prefix('-') {
        Some(rest) => (rest.trim(), true),
        None => (inside, false),
    }
}

fn next(text: &str, from: usize) -> Option<Token<'_>> {
    let bytes = text.as_bytes();
    let mut start = from;
    loop {
        start += memmem::find(bytes.get(start..)?, b"{{")?;
        if may_start(text, from, start)
            && let Some(end) = end_of_token(bytes, start)
        {
            let text = text.get(start..end)?;
            return Some(Token { start, end, text });
        }
        start += 1;
    }
}

/// At the very start, or after a character that no earlier match has taken and that is no
/// backslash.
fn may_start(text: &str, from: usize, start: usize) -> bool {
    match start {
        0 => true,
        _ => {
            let before = text.get(from..start).unwrap_or_default();
            before.chars().next_back().is_some_and(|c| c != '\\')
        }
    }
}

fn end_of_token(bytes: &[u8], start: usize) -> Option<usize> {
    let brace = |from: usize| {
        let rest = bytes.get(from..)?;
        memchr::memchr2(b'{', b'}', rest).map(|at| from + at)
    };
    let mut at = start + 2;
    loop {
        at = brace(at)?;
        if bytes.get(at) == Some(&b'{') {
            at = brace(at + 1).filter(|close| bytes.get(*close) == Some(&b'}'))? + 1;
        } else {
            return (bytes.get(at + 1) == Some(&b'}')).then_some(at + 2);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::tokens;

    proptest! {
        #[test]
        fn the_same_as_the_regular_expression(text in r"[{}\\a\-\n é]{0,24}") {
            let token = Regex::new(r"(^|[^\\])(\{\{(?:\{[^{}]*\}|[^{}])*\}\})").unwrap();
            let expect: Vec<_> = token
                .captures_iter(&text)
                .map(|found| found.get(2).unwrap().range())
                .collect();
            let found: Vec<_> = tokens(&text).map(|token| token.start..token.end).collect();
            prop_assert_eq!(found, expect);
        }
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn found_in_one_pass() {
        check("",                          &[]);
        check("{{ a }}",                   &["{{ a }}"]);
        check("{{a}}",                     &["{{a}}"]);
        check("{{}}",                      &["{{}}"]);
        check("x{{ a }}y",                 &["{{ a }}"]);
        check("é{{ a }}",                  &["{{ a }}"]);
        check("{{\na\n}}",                 &["{{\na\n}}"]);
        check("\n{{ a }}",                 &["{{ a }}"]);
        check("{{ a }} {{ b }}",           &["{{ a }}", "{{ b }}"]);
        check("{{ a }}{{ b }}{{ c }}",     &["{{ a }}", "{{ c }}"]);
        check("{{ f('{{ a }}') }}",        &["{{ a }}"]);
        check("{{ a.{{b}}}}",              &["{{b}}"]);
        check("{{ {a: b} }}",              &["{{ {a: b} }}"]);
        check("{{ {a: b}}}",               &["{{ {a: b}}}"]);
        check("{{ l[].{a: b} | {c: d} }}", &["{{ l[].{a: b} | {c: d} }}"]);
        check("{{ {a: {b: c}} }}",         &[]);
        check("{{ '{' }}",                 &[]);
        check("{{ '}' }}",                 &[]);
        check("{{ '}}' }}",                &["{{ '}}"]);
        check("{{{{ a }}}}",               &["{{{ a }}}"]);
        check("{{{ a }}}",                 &["{{{ a }}}"]);
        check("{{{ a }}",                  &["{{ a }}"]);
        check("{{ a }}}}",                 &["{{ a }}"]);
        check("{{ a",                      &[]);
        check("{{ a }",                    &[]);
        check("a }}",                      &[]);
        check("\\{{ a }}",                 &[]);
        check("\\\\{{ a }}",               &[]);
        check("\\{{ {{ a }} }}",           &["{{ a }}"]);
        check("\\{{ a }} {{ b }}",         &["{{ b }}"]);
    }

    #[track_caller]
    fn check(text: &str, expect: &[&str]) {
        let found: Vec<_> = tokens(text).map(|token| token.text).collect();
        assert_eq!(found, expect, "`{text}`");
    }

    #[test]
    fn the_expression_inside() {
        let table = [
            ("{{  a.b  }}", ("a.b", false)),
            ("{{- a }}", ("a", true)),
            ("{{ -a }}", ("a", true)),
            ("{{ - a }}", ("a", true)),
            ("{{ a - b }}", ("a - b", false)),
            ("{{ {a: b}}}", ("{a: b}", false)),
            ("{{{ a }}}", ("{ a }", false)),
            ("{{ }}", ("", false)),
        ];
        for (text, (expression, shallow)) in table {
            let token = tokens(text).next().unwrap();
            assert_eq!(token.expression(), (expression.into(), shallow), "{text}");
        }
    }
}
