//! Printing JSON as Go's `encoding/json` does: sorted keys, shortest numbers.

use std::fmt::Write;

use super::Value;
use crate::scalar::float::{Json, JsonEmbedded};

/// How JSON is laid out.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct JsonStyle {
    /// Spaces for each level; `None` prints on one line.
    pub indent: Option<usize>,
    /// Print `<`, `>` and `&` as `\u003c`, `\u003e`, `\u0026`, as Go does unless told not to.
    pub escape_html: bool,
    /// Write exponents with two digits at least (`1e-07`), as Kyverno does inside a longer text.
    pub pad_exponents: bool,
}

/// Compact JSON, keys sorted, HTML characters as they are.
pub fn to_json(value: Value<'_>) -> String {
    to_json_with(value, JsonStyle::default())
}

/// JSON in the given style, keys sorted.
pub fn to_json_with(value: Value<'_>, style: JsonStyle) -> String {
    let mut out = String::new();
    write_json(&mut out, value, style);
    out
}

/// Appends JSON to `out`.
pub fn write_json(out: &mut String, value: Value<'_>, style: JsonStyle) {
    Printer { out, style }.value(value, 0);
}

/// Appends a JSON string with its quotes, escaped as Go escapes it.
pub fn write_json_string(out: &mut String, text: &str, escape_html: bool) {
    Printer {
        out,
        style: JsonStyle {
            escape_html,
            ..JsonStyle::default()
        },
    }
    .text(text);
}

struct Printer<'o> {
    out: &'o mut String,
    style: JsonStyle,
}

impl Printer<'_> {
    fn value(&mut self, value: Value<'_>, depth: usize) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if flag { "true" } else { "false" }),
            Value::Int(number) => {
                let _ = write!(self.out, "{number}");
            }
            Value::Float(number) => self.float(number),
            Value::Str(text) => self.text(text),
            Value::List(list) => {
                self.out.push('[');
                for (index, item) in list.iter().enumerate() {
                    self.between(index, depth + 1);
                    self.value(item, depth + 1);
                }
                self.end(']', list.is_empty(), depth);
            }
            Value::Map(map) => {
                let mut entries: Vec<_> = map.iter().collect();
                super::made::sort_entries(&mut entries);
                self.out.push('{');
                for (index, (key, item)) in entries.iter().enumerate() {
                    self.between(index, depth + 1);
                    self.text(key);
                    self.out.push_str(if self.style.indent.is_some() {
                        ": "
                    } else {
                        ":"
                    });
                    self.value(*item, depth + 1);
                }
                self.end('}', entries.is_empty(), depth);
            }
        }
    }

    fn between(&mut self, index: usize, depth: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line(depth);
    }

    fn end(&mut self, bracket: char, empty: bool, depth: usize) {
        if !empty {
            self.line(depth);
        }
        self.out.push(bracket);
    }

    fn line(&mut self, depth: usize) {
        if let Some(width) = self.style.indent {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', width * depth));
        }
    }

    fn float(&mut self, number: f64) {
        let _ = if self.style.pad_exponents {
            write!(self.out, "{}", JsonEmbedded(number))
        } else {
            write!(self.out, "{}", Json(number))
        };
    }

    fn text(&mut self, text: &str) {
        self.out.push('"');
        // Looked at together, and mostly all of them are.
        if text.bytes().all(is_plain) {
            self.out.push_str(text);
            self.out.push('"');
            return;
        }
        let mut plain = 0;
        for (index, byte) in text.bytes().enumerate() {
            let escape = match byte {
                b'"' => "\\\"",
                b'\\' => "\\\\",
                b'\n' => "\\n",
                b'\r' => "\\r",
                b'\t' => "\\t",
                0x08 => "\\b",
                0x0c => "\\f",
                b'<' | b'>' | b'&' if self.style.escape_html => "",
                0..0x20 => "",
                // U+2028 and U+2029 end a line in JavaScript, so Go escapes them always.
                0xe2 if text
                    .get(index..)
                    .is_some_and(|t| t.starts_with(['\u{2028}', '\u{2029}'])) =>
                {
                    ""
                }
                _ => continue,
            };
            self.out
                .push_str(text.get(plain..index).unwrap_or_default());
            if !escape.is_empty() {
                self.out.push_str(escape);
                plain = index + 1;
                continue;
            }
            let character = text
                .get(index..)
                .and_then(|t| t.chars().next())
                .unwrap_or_default();
            let _ = write!(self.out, "\\u{:04x}", character as u32);
            plain = index + character.len_utf8();
        }
        self.out.push_str(text.get(plain..).unwrap_or_default());
        self.out.push('"');
    }
}

/// Does a byte stand in JSON as it is, in every style?
fn is_plain(byte: u8) -> bool {
    matches!(byte, b' '..0x7f) && !matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'&')
}
