//! Reading JSON as Go's `encoding/json` reads it into an `interface{}`: the same texts are
//! refused, in the same words.
//!
//! JMESPath literals and `parse_json` come here, because their errors are shown to users. Whole
//! documents go through simd-json instead (see [`super::Document::from_json`]), which is faster
//! and whose errors say where.

use bumpalo::Bump;

use super::{Value, list, object};

/// Containers may nest this deep; Go allows 10,000, on a stack that grows.
const DEEPEST: usize = 500;

/// Reads one JSON value into `bump`.
///
/// Every number is a double. Keys that stand twice keep their last value, a surrogate without its
/// other half becomes U+FFFD.
///
/// # Errors
///
/// Go's own text, such as `invalid character 'x' after top-level value`.
pub fn parse_json<'b>(bump: &'b Bump, text: &str) -> Result<Value<'b>, String> {
    let mut reader = Reader {
        bump,
        text,
        at: 0,
        depth: 0,
        too_large: None,
    };
    let value = reader.value()?;
    reader.skip_blanks();
    if reader.peek().is_some() {
        return Err(reader.unexpected("after top-level value"));
    }
    match reader.too_large {
        // Go looks at the numbers once the whole text has proved to be JSON.
        Some(number) => Err(format!(
            "json: cannot unmarshal number {number} into Go value of type float64"
        )),
        None => Ok(value),
    }
}

struct Reader<'t, 'b> {
    bump: &'b Bump,
    text: &'t str,
    at: usize,
    depth: usize,
    /// The first number that no double can hold.
    too_large: Option<&'t str>,
}

impl<'b> Reader<'_, 'b> {
    fn value(&mut self) -> Result<Value<'b>, String> {
        self.skip_blanks();
        match self.peek() {
            Some(b'{') => self.nested(Self::map),
            Some(b'[') => self.nested(Self::list),
            Some(b'"') => Ok(Value::Str(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Null),
            _ => Err(self.unexpected("looking for beginning of value")),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value<'b>, String>,
    ) -> Result<Value<'b>, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("exceeded max depth".to_owned());
        }
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn list(&mut self) -> Result<Value<'b>, String> {
        let mut items = Vec::new();
        self.skip_blanks();
        if self.take(b']') {
            return Ok(list(self.bump, items));
        }
        loop {
            items.push(self.value()?);
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => break,
                _ => return Err(self.unexpected("after array element")),
            }
        }
        self.at += 1;
        Ok(list(self.bump, items))
    }

    fn map(&mut self) -> Result<Value<'b>, String> {
        let mut entries = Vec::new();
        self.skip_blanks();
        if self.take(b'}') {
            return Ok(object(self.bump, entries));
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some(b'"') {
                return Err(self.unexpected("looking for beginning of object key string"));
            }
            let key = self.string()?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.unexpected("after object key"));
            }
            entries.push((key, self.value()?));
            self.skip_blanks();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => break,
                _ => return Err(self.unexpected("after object key:value pair")),
            }
        }
        self.at += 1;
        Ok(object(self.bump, entries))
    }

    fn word(&mut self, word: &str, value: Value<'b>) -> Result<Value<'b>, String> {
        for letter in word.bytes() {
            if !self.take(letter) {
                let expecting = char::from(letter);
                return Err(
                    self.unexpected(&format!("in literal {word} (expecting '{expecting}')"))
                );
            }
        }
        Ok(value)
    }

    fn number(&mut self) -> Result<Value<'b>, String> {
        let start = self.at;
        self.take(b'-');
        if !self.take(b'0') {
            self.digits("in numeric literal")?;
        }
        if self.take(b'.') {
            self.digits("after decimal point in numeric literal")?;
        }
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'+') || self.take(b'-');
            self.digits("in exponent of numeric literal")?;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        let number = text.parse().unwrap_or(f64::INFINITY);
        if number.is_infinite() {
            self.too_large.get_or_insert(text);
        }
        Ok(Value::Float(number))
    }

    /// At least one digit.
    fn digits(&mut self, place: &str) -> Result<(), String> {
        if !self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            return Err(self.unexpected(place));
        }
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<&'b str, String> {
        self.at += 1;
        let mut plain = self.at;
        let mut text = bumpalo::collections::String::new_in(self.bump);
        loop {
            match self.peek() {
                Some(b'"') => {
                    text.push_str(self.text.get(plain..self.at).unwrap_or_default());
                    self.at += 1;
                    return Ok(text.into_bump_str());
                }
                Some(b'\\') => {
                    text.push_str(self.text.get(plain..self.at).unwrap_or_default());
                    self.at += 1;
                    text.push(self.escape()?);
                    plain = self.at;
                }
                Some(0x20..) => self.at += 1,
                _ => return Err(self.unexpected("in string literal")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, String> {
        let escaped = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => char::from(byte),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                return self.unicode();
            }
            _ => return Err(self.unexpected("in string escape code")),
        };
        self.at += 1;
        Ok(escaped)
    }

    fn unicode(&mut self) -> Result<char, String> {
        let first = self.four_digits()?;
        if let 0xd800..0xdc00 = first {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let second = rest
                .strip_prefix("\\u")
                .and_then(|digits| digits.get(..4))
                .and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if let Some(second @ 0xdc00..0xe000) = second {
                self.at += 6;
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn four_digits(&mut self) -> Result<u32, String> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.unexpected("in \\u hexadecimal character escape"));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn unexpected(&self, place: &str) -> String {
        let Some(byte) = self.peek() else {
            return "unexpected end of JSON input".to_owned();
        };
        // Go shows the byte as the character with that number, whatever it is a part of.
        let shown = match char::from(byte) {
            '\'' => "\\'".to_owned(),
            '"' => "\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\x07' => "\\a".to_owned(),
            '\x08' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\x0b' => "\\v".to_owned(),
            '\x0c' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\0'..' ' | '\x7f' => format!("\\x{byte:02x}"),
            '\u{80}'..='\u{a0}' | '\u{ad}' => format!("\\u{byte:04x}"),
            other => other.to_string(),
        };
        format!("invalid character '{shown}' {place}")
    }
}

#[cfg(test)]
mod tests {
    use bumpalo::Bump;

    use super::parse_json;
    use crate::value::to_json;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn json() {
        check("scalar",            " 1 ",                    Ok("1"));
        check("every number",      "[0, -1.5e3, 1E-2]",      Ok("[0,-1500,0.01]"));
        check("nested",            r#"{"b": [true, null], "a": {}}"#, Ok(r#"{"a":{},"b":[true,null]}"#));
        check("last key wins",     r#"{"a": 1, "a": 2}"#,    Ok(r#"{"a":2}"#));
        check("escapes",           r#""\u00e9\n\/\ud83d\ude00""#, Ok(r#""é\n/😀""#));
        check("half a pair",       r#""\ud83dx\ude00""#,     Ok("\"\u{fffd}x\u{fffd}\""));
        check("nothing",           "",                       Err("unexpected end of JSON input"));
        check("open text",         "\"a",                    Err("unexpected end of JSON input"));
        check("no value",          "x",                      Err("invalid character 'x' looking for beginning of value"));
        check("two values",        "1 2",                    Err("invalid character '2' after top-level value"));
        check("leading zero",      "01",                     Err("invalid character '1' after top-level value"));
        check("last comma",        "[1,]",                   Err("invalid character ']' looking for beginning of value"));
        check("no comma",          "[1 2]",                  Err("invalid character '2' after array element"));
        check("bare key",          "{a: 1}",                 Err("invalid character 'a' looking for beginning of object key string"));
        check("no colon",          r#"{"a" 1}"#,             Err("invalid character '1' after object key"));
        check("no comma in map",   r#"{"a": 1 "b"}"#,        Err("invalid character '\"' after object key:value pair"));
        check("word cut short",    "nul1",                   Err("invalid character '1' in literal null (expecting 'l')"));
        check("tab in text",       "\"\t\"",                 Err("invalid character '\\t' in string literal"));
        check("bad escape",        r#""\x""#,                Err("invalid character 'x' in string escape code"));
        check("bad code",          r#""\u00g0""#,            Err("invalid character 'g' in \\u hexadecimal character escape"));
        check("lone minus",        "-x",                     Err("invalid character 'x' in numeric literal"));
        check("lone point",        "1.x",                    Err("invalid character 'x' after decimal point in numeric literal"));
        check("lone exponent",     "1ex",                    Err("invalid character 'x' in exponent of numeric literal"));
        check("byte by byte",      "é",                      Err("invalid character 'Ã' looking for beginning of value"));
        check("too large",         "[1e400]",                Err("json: cannot unmarshal number 1e400 into Go value of type float64"));
        check("syntax goes first", "[1e400",                 Err("unexpected end of JSON input"));
    }

    #[track_caller]
    fn check(case: &str, text: &str, expect: Result<&str, &str>) {
        let bump = Bump::new();
        let got = parse_json(&bump, text).map(to_json);
        assert_eq!(
            got.as_deref().map_err(String::as_str),
            expect,
            "{case}: {text}"
        );
    }

    #[test]
    fn hostile_depth_is_an_error() {
        let deep = "[".repeat(100_000);
        assert_eq!(
            parse_json(&Bump::new(), &deep).map(to_json),
            Err("exceeded max depth".to_owned())
        );
    }
}
