//! Text in double quotes, the ways Go's error messages print it.
//!
//! Comes in:  any text.
//! Goes out:  something that prints.
//! Never here: JSON strings (see `value`).

use std::fmt;

/// As Go's `time` package quotes: everything outside printable ASCII byte by byte, `\xe6`.
pub(crate) struct TimeQuoted<'a>(pub(crate) &'a str);

impl fmt::Display for TimeQuoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\"")?;
        for c in self.0.chars() {
            match c {
                '"' | '\\' => write!(f, "\\{c}")?,
                ' '..='\x7f' => write!(f, "{c}")?,
                _ => {
                    let mut bytes = [0; 4];
                    for byte in c.encode_utf8(&mut bytes).bytes() {
                        write!(f, "\\x{byte:02x}")?;
                    }
                }
            }
        }
        f.write_str("\"")
    }
}
