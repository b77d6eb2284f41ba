//! Cutting a stream into documents at its `---` lines, before any parsing.
//!
//! Kubernetes' reader does the same; it is what keeps a broken document from hurting the rest.

use memchr::{memchr, memmem};

/// One document's text and where it starts in the stream.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) offset: usize,
}

/// The documents of a stream, separators left out.
pub(super) fn documents(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut parts = Vec::new();
    let mut start = 0;
    let after_newline = memmem::find_iter(text.as_bytes(), "\n---").map(|newline| newline + 1);
    for at in text
        .starts_with("---")
        .then_some(0)
        .into_iter()
        .chain(after_newline)
    {
        let line = text.get(at..).unwrap_or_default();
        let length = memchr(b'\n', line.as_bytes()).map_or(line.len(), |newline| newline + 1);
        if line.get(..length).is_some_and(is_separator) {
            parts.push((start, at));
            start = at + length;
        }
    }
    parts.push((start, text.len()));
    parts.into_iter().filter_map(|(start, end)| {
        Some(Part {
            text: text.get(start..end)?,
            offset: start,
        })
    })
}

/// Three dashes at the line's start, followed by nothing but space or a comment.
fn is_separator(line: &str) -> bool {
    line.strip_prefix("---").is_some_and(|rest| {
        let content = rest.trim();
        content.is_empty() || (content.starts_with('#') && rest.starts_with([' ', '\t']))
    })
}

#[cfg(test)]
mod tests {
    use super::documents;

    #[test]
    fn streams() {
        check("one", "a: 1\n", &[("a: 1\n", 0)]);
        check("two", "a: 1\n---\nb: 2\n", &[("a: 1\n", 0), ("b: 2\n", 9)]);
        check(
            "leading and trailing",
            "---\na\n---\n",
            &[("", 0), ("a\n", 4), ("", 10)],
        );
        check(
            "comment behind",
            "a\n--- # next\nb",
            &[("a\n", 0), ("b", 13)],
        );
        check(
            "two in a row",
            "---\n---\n\n----\n---",
            &[("", 0), ("", 4), ("\n----\n", 8), ("", 17)],
        );
        check("content behind", "a\n--- b", &[("a\n--- b", 0)]);
        check("indented", "a: |\n  ---\n", &[("a: |\n  ---\n", 0)]);
    }

    #[track_caller]
    fn check(case: &str, text: &str, expect: &[(&str, usize)]) {
        let got: Vec<_> = documents(text)
            .map(|part| (part.text, part.offset))
            .collect();
        assert_eq!(got, expect, "{case}");
    }
}
