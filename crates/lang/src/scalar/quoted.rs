//! Text in double quotes, the ways Go's error messages print it.
//!
//! Comes in:  any text.
//! Goes out:  something that prints.
//! Never here: JSON strings (see `value`).

use std::fmt;

/// As Go's `time` package quotes: everything outside printable ASCII byte by byte, `\xe6`.
///
/// Bytes, because its parser cuts texts between any two of them.
pub(crate) struct TimeQuoted<'a>(pub(crate) &'a [u8]);

impl fmt::Display for TimeQuoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for &byte in self.0 {
            match byte {
                b'"' | b'\\' => write!(f, "\\{}", char::from(byte))?,
                b' '..=b'\x7f' => write!(f, "{}", char::from(byte))?,
                _ => write!(f, "\\x{byte:02x}")?,
            }
        }
        f.write_str("\"")
    }
}

/// As Go's `%q` and `strconv.Quote`: printable characters as they are, the rest escaped.
pub(crate) struct Quoted<'a>(pub(crate) &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                '\x07' => f.write_str("\\a")?,
                '\x08' => f.write_str("\\b")?,
                '\x0c' => f.write_str("\\f")?,
                '\n' => f.write_str("\\n")?,
                '\r' => f.write_str("\\r")?,
                '\t' => f.write_str("\\t")?,
                '\x0b' => f.write_str("\\v")?,
                _ if is_print(c) => write!(f, "{c}")?,
                '\0'..='\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
                '\0'..='\u{ffff}' => write!(f, "\\u{:04x}", u32::from(c))?,
                _ => write!(f, "\\U{:08x}", u32::from(c))?,
            }
        }
        f.write_str("\"")
    }
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the blank.
fn is_print(c: char) -> bool {
    // Rust's escaping knows the same classes. It also escapes a mark at the start of a text,
    // so the character is asked about behind another one.
    let mut bytes = [b'a', 0, 0, 0, 0];
    let Some(room) = bytes.get_mut(1..) else {
        return false;
    };
    let end = 1 + c.encode_utf8(room).len();
    let text = bytes
        .get(..end)
        .and_then(|used| str::from_utf8(used).ok())
        .unwrap_or_default();
    matches!(c, '\'') || text.escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::{Quoted, TimeQuoted};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn quoted() {
        check("plain it's",  r#""plain it's""#,        r#""plain it's""#);
        check("a\"b\\",      r#""a\"b\\""#,            r#""a\"b\\""#);
        check("é日",         r#""é日""#,               r#""\xc3\xa9\xe6\x97\xa5""#);
        check("e\u{301}",    "\"e\u{301}\"",           r#""e\xcc\x81""#);
        check("\u{301}",     "\"\u{301}\"",            r#""\xcc\x81""#);
        check("\n\t\x07\0",  r#""\n\t\a\x00""#,        r#""\x0a\x09\x07\x00""#);
        check("\x7f",        r#""\x7f""#,              "\"\x7f\"");
        check("\u{a0}",      r#""\u00a0""#,            r#""\xc2\xa0""#);
        check("\u{200b}",    r#""\u200b""#,            r#""\xe2\x80\x8b""#);
        check("\u{e0001}",   r#""\U000e0001""#,        r#""\xf3\xa0\x80\x81""#);
        check("🙂",          r#""🙂""#,                r#""\xf0\x9f\x99\x82""#);
    }

    #[track_caller]
    fn check(text: &str, strconv: &str, time: &str) {
        assert_eq!(Quoted(text).to_string(), strconv, "strconv");
        assert_eq!(TimeQuoted(text.as_bytes()).to_string(), time, "time");
    }
}
