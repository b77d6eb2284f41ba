//! Printing YAML as Kubernetes' own tools print it: block style, sorted keys, lists not indented,
//! long lines not folded.
//!
//! Texts are printed in the plainest style that reads back as the same text: plain, `'single'` where
//! an indicator would be misread, `"double"` where the plain text would be another type or holds
//! control characters, and a literal block for several lines.

use std::cmp::Ordering;
use std::fmt::Write;

use super::resolve::{Scalar, resolve};
use crate::scalar::time::Time;
use crate::value::{Map, Value, to_json};

/// A value as one YAML document, with a final newline and without `---`.
pub fn write(value: Value<'_>) -> String {
    let mut out = String::new();
    Printer { out: &mut out }.root(value);
    out
}

struct Printer<'o> {
    out: &'o mut String,
}

impl Printer<'_> {
    fn root(&mut self, value: Value<'_>) {
        match value {
            Value::Map(map) if !map.is_empty() => self.map(map, 0, false),
            Value::List(list) if !list.is_empty() => self.list(value, 0, false),
            _ => {
                self.scalar(value, 0);
                self.out.push('\n');
            }
        }
    }

    /// `inline`: the first entry goes on the line that is already begun (behind `- `).
    fn map(&mut self, map: Map<'_>, indent: usize, inline: bool) {
        let mut entries: Vec<_> = map.iter().collect();
        entries.sort_by(|a, b| natural(a.0, b.0));
        for (index, (key, value)) in entries.into_iter().enumerate() {
            if index > 0 || !inline {
                self.indent(indent);
            }
            self.text(key, indent, true);
            self.out.push(':');
            self.entry(value, indent);
        }
    }

    fn entry(&mut self, value: Value<'_>, indent: usize) {
        match value {
            Value::Map(map) if !map.is_empty() => {
                self.out.push('\n');
                self.map(map, indent + 2, false);
            }
            Value::List(list) if !list.is_empty() => {
                self.out.push('\n');
                self.list(value, indent, false);
            }
            _ => {
                self.out.push(' ');
                self.scalar(value, indent);
                self.out.push('\n');
            }
        }
    }

    fn list(&mut self, list: Value<'_>, indent: usize, inline: bool) {
        for (index, item) in list.as_list().into_iter().flatten().enumerate() {
            if index > 0 || !inline {
                self.indent(indent);
            }
            self.out.push_str("- ");
            match item {
                Value::Map(map) if !map.is_empty() => self.map(map, indent + 2, true),
                Value::List(inner) if !inner.is_empty() => self.list(item, indent + 2, true),
                _ => {
                    self.scalar(item, indent);
                    self.out.push('\n');
                }
            }
        }
    }

    fn scalar(&mut self, value: Value<'_>, indent: usize) {
        match value {
            Value::Str(text) => self.text(text, indent, false),
            Value::Map(_) => self.out.push_str("{}"),
            Value::List(_) => self.out.push_str("[]"),
            other => self.out.push_str(&to_json(other)),
        }
    }

    fn text(&mut self, text: &str, indent: usize, key: bool) {
        match style(text, key) {
            Style::Plain => self.out.push_str(text),
            Style::Single => {
                let _ = write!(self.out, "'{}'", text.replace('\'', "''"));
            }
            Style::Double => self.double(text),
            Style::Literal => self.literal(text, indent + 2),
        }
    }

    fn double(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            let _ = match c {
                '"' => write!(self.out, "\\\""),
                '\\' => write!(self.out, "\\\\"),
                '\n' => write!(self.out, "\\n"),
                '\r' => write!(self.out, "\\r"),
                '\t' => write!(self.out, "\\t"),
                '\0' => write!(self.out, "\\0"),
                '\u{7}' => write!(self.out, "\\a"),
                '\u{8}' => write!(self.out, "\\b"),
                '\u{b}' => write!(self.out, "\\v"),
                '\u{c}' => write!(self.out, "\\f"),
                '\u{1b}' => write!(self.out, "\\e"),
                '\u{85}' => write!(self.out, "\\N"),
                '\u{2028}' => write!(self.out, "\\L"),
                '\u{2029}' => write!(self.out, "\\P"),
                c if is_printable(c) => write!(self.out, "{c}"),
                c if (c as u32) < 0x100 => write!(self.out, "\\x{:02X}", c as u32),
                c if (c as u32) < 0x10000 => write!(self.out, "\\u{:04X}", c as u32),
                c => write!(self.out, "\\U{:08X}", c as u32),
            };
        }
        self.out.push('"');
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n']) {
            self.out.push('2');
        }
        let body = text.strip_suffix('\n');
        match body {
            None => self.out.push('-'),
            Some(body) if body.is_empty() || body.ends_with('\n') => self.out.push('+'),
            Some(_) => {}
        }
        for line in body.unwrap_or(text).split('\n') {
            self.out.push('\n');
            if !line.is_empty() {
                self.indent(indent);
                self.out.push_str(line);
            }
        }
    }

    fn indent(&mut self, width: usize) {
        self.out.extend(std::iter::repeat_n(' ', width));
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

fn style(text: &str, key: bool) -> Style {
    if text.chars().any(|c| c != '\n' && !is_printable(c)) {
        return Style::Double;
    }
    let is_text = resolve(text) == Scalar::Text
        && !is_sexagesimal(text)
        && !is_timestamp(text)
        && text != "<<";
    if text.contains('\n') {
        let spoiled = key || text.contains(" \n") || text.ends_with(' ');
        return if spoiled {
            Style::Double
        } else {
            Style::Literal
        };
    }
    if !is_text {
        Style::Double
    } else if allows_plain(text) {
        Style::Plain
    } else {
        Style::Single
    }
}

/// Can the text stand without quotes in block context?
fn allows_plain(text: &str) -> bool {
    let blank_after = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    let mut chars = text.chars();
    let Some(first) = chars.next() else {
        return false;
    };
    let rest = chars.as_str();
    let starts_badly = match first {
        '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
        | '@' | '`' => true,
        '?' | ':' | '-' => blank_after(rest),
        _ => false,
    };
    let ends_badly = text.ends_with([':', ' ']) || first == ' ';
    let marks_document = text.starts_with("---") || text.starts_with("...");
    !(starts_badly || ends_badly || marks_document || text.contains(": ") || text.contains(" #"))
}

/// `12:30:45` was a number once; Go quotes it for readers that still think so.
fn is_sexagesimal(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = text.split(':');
    let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let first = parts
        .next()
        .is_some_and(|t| digits(t) && t.starts_with(|c: char| c.is_ascii_digit()));
    let rest: Vec<&str> = parts.collect();
    first
        && !rest.is_empty()
        && rest.iter().enumerate().all(|(index, part)| {
            let part = if index + 1 == rest.len() {
                part.split('.').next().unwrap_or(part)
            } else {
                part
            };
            let (tens, len) = (part.as_bytes().first().copied().unwrap_or(b'9'), part.len());
            digits(part) && (len == 1 || (len == 2 && tens <= b'5'))
        })
}

/// `2001-12-14` was a date once.
fn is_timestamp(text: &str) -> bool {
    const LAYOUTS: [&str; 4] = [
        "2006-1-2T15:4:5.999999999Z07:00",
        "2006-1-2t15:4:5.999999999Z07:00",
        "2006-1-2 15:4:5.999999999",
        "2006-1-2",
    ];
    let year = text.bytes().take_while(u8::is_ascii_digit).count();
    year == 4
        && text.as_bytes().get(4) == Some(&b'-')
        && LAYOUTS
            .iter()
            .any(|layout| Time::parse(layout, text).is_ok())
}

fn is_printable(c: char) -> bool {
    matches!(c, '\u{20}'..='\u{7e}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
        && !matches!(c, '\u{2028}' | '\u{2029}')
}

/// Go's key order: letters behind everything else, runs of digits by their number.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let Some(at) = a.iter().zip(&b).position(|(x, y)| x != y) else {
        return a.len().cmp(&b.len());
    };
    let (Some(&x), Some(&y)) = (a.get(at), b.get(at)) else {
        return Ordering::Equal;
    };
    match (x.is_alphabetic(), y.is_alphabetic()) {
        (true, true) => return x.cmp(&y),
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    // `10` and `9` differ at their first digit; `100` and `1000` after a digit that is no leading zero.
    let inside = (x == '0' || y == '0')
        && a.get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .any(|c| *c != '0');
    let run = |chars: &[char]| {
        let digits = chars
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|c| c.is_ascii_digit());
        digits.fold((i64::from(inside), 0), |(number, len), c| {
            let digit = i64::from(c.to_digit(10).unwrap_or_default());
            (number.wrapping_mul(10).wrapping_add(digit), len + 1)
        })
    };
    run(&a).cmp(&run(&b)).then(x.cmp(&y))
}

#[cfg(test)]
mod tests {
    use super::write;
    use crate::value::{Document, Numbers, yaml};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn texts() {
        check(r#""plain""#,                     "plain\n");
        check(r#""""#,                          "\"\"\n");
        check(r#""true""#,                      "\"true\"\n");
        check(r#""1""#,                         "\"1\"\n");
        check(r#""a: b""#,                      "'a: b'\n");
        check(r#""it's: x""#,                   "'it''s: x'\n");
        check(r#""it's""#,                      "it's\n");
        check(r##""#x""##,                      "'#x'\n");
        check(r#""*""#,                         "'*'\n");
        check(r#""a #b""#,                      "'a #b'\n");
        check(r#""- a""#,                       "'- a'\n");
        check(r#""-a""#,                        "-a\n");
        check(r#""ends:""#,                     "'ends:'\n");
        check(r#""a\tb""#,                      "\"a\\tb\"\n");
        check(r#""12:30""#,                     "\"12:30\"\n");
        check(r#""2024-02-29""#,                "\"2024-02-29\"\n");
        check(r#""2024-02-29T00:00:00Z""#,      "\"2024-02-29T00:00:00Z\"\n");
        check(r#""2024-02-31""#,                "2024-02-31\n");
        check(r#""2024-02-29-x""#,              "2024-02-29-x\n");
        check(r#""é ü""#,                       "é ü\n");
        check(r#"{"k":"a\nb"}"#,                "k: |-\n  a\n  b\n");
        check(r#"{"k":"a\nb\n"}"#,              "k: |\n  a\n  b\n");
        check(r#"{"k":"a\n\n"}"#,               "k: |+\n  a\n\n");
        check(r#"{"k":"a \nb"}"#,               "k: \"a \\nb\"\n");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn shapes() {
        check(r#"{"b":1,"a":[1.5,null,true]}"#, "a:\n- 1.5\n- null\n- true\nb: 1\n");
        check(r#"{"a":{"b":{}},"c":[]}"#,       "a:\n  b: {}\nc: []\n");
        check(r#"[{"a":1,"b":[{"c":2}]},[1]]"#, "- a: 1\n  b:\n  - c: 2\n- - 1\n");
        check(r#"{"k10":1,"k9":2,"K":3}"#,      "K: 3\nk9: 2\nk10: 1\n");
        check(r#"{"a1":1,"ab":2,"a-":3}"#,      "a-: 3\na1: 1\nab: 2\n");
    }

    #[track_caller]
    fn check(json: &str, expect: &str) {
        let document = Document::from_json(json.as_bytes(), Numbers::AsWritten).unwrap();
        let text = write(document.root());
        assert_eq!(text, expect, "{json}");
        let again = yaml::read_one(&text, Numbers::AsWritten).unwrap();
        assert_eq!(again, document, "{json} reads back");
    }
}
