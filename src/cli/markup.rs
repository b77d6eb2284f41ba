//! Texts within HTML and SVG.

/// `text` as it stands between tags or in an attribute. Control characters, which SVG cannot hold,
/// become blanks.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            char if char.is_control() => out.push(' '),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn markup_is_text() {
        assert_eq!(
            escaped("a<b & \"c\">\u{1}\n"),
            "a&lt;b &amp; &quot;c&quot;&gt; \n"
        );
    }
}
