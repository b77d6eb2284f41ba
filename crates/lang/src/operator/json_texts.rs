//! A text that may be a JSON list of texts, as old policies write sets: `["a", "b"]`.
//!
//! Comes in:  the value of a set operator.
//! Goes out:  whether it is JSON at all, and the texts when it is a list of them.
//! Never here: documents in general. What is JSON is decided by Go's rules, by which a
//!             number may have any size.

use crate::value::{Document, Numbers, Value};

/// What a text is as JSON.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum JsonTexts {
    /// Not JSON: an ordinary text.
    NoJson,
    /// JSON, but no list of texts.
    Other,
    /// A list of texts; `null` reads as an empty list, and inside one as an empty text.
    Texts(Vec<String>),
}

impl JsonTexts {
    pub(super) fn read(text: &str) -> Self {
        if !is_json(text) {
            return JsonTexts::NoJson;
        }
        // What only Go takes for JSON is a number beyond all doubles, which is no text.
        let Ok(document) = Document::from_json(text.as_bytes(), Numbers::AsWritten) else {
            return JsonTexts::Other;
        };
        let one = |item: Value<'_>| match item {
            Value::Str(text) => Some(text.to_owned()),
            Value::Null => Some(String::new()),
            _ => None,
        };
        match document.root() {
            Value::Null => JsonTexts::Texts(Vec::new()),
            Value::List(items) => items
                .iter()
                .map(one)
                .collect::<Option<Vec<_>>>()
                .map_or(JsonTexts::Other, JsonTexts::Texts),
            _ => JsonTexts::Other,
        }
    }
}

/// Whether `text` is one JSON value. One pass, no recursion: the depth is the author's choice.
fn is_json(text: &str) -> bool {
    let mut scan = Scan {
        rest: text.as_bytes(),
    };
    scan.document().is_some() && scan.rest.is_empty()
}

/// Reads on as long as the text is JSON; every step is `None` where it is not.
struct Scan<'t> {
    rest: &'t [u8],
}

#[derive(Clone, Copy)]
enum Open {
    List,
    Map,
}

impl Scan<'_> {
    /// A value with blanks around it.
    fn document(&mut self) -> Option<()> {
        let mut open = Vec::new();
        loop {
            self.blanks();
            match self.next()? {
                b'[' => {
                    open.push(Open::List);
                    if !self.closes(b']') {
                        continue;
                    }
                    open.pop();
                }
                b'{' => {
                    open.push(Open::Map);
                    if !self.closes(b'}') {
                        self.key()?;
                        continue;
                    }
                    open.pop();
                }
                b'"' => self.string()?,
                b't' => self.word(b"rue")?,
                b'f' => self.word(b"alse")?,
                b'n' => self.word(b"ull")?,
                first => self.number(first)?,
            }
            if self.close(&mut open)? {
                return Some(());
            }
        }
    }

    /// After a value: closes what ends here. True at the end of the document, false where
    /// another value follows.
    fn close(&mut self, open: &mut Vec<Open>) -> Option<bool> {
        loop {
            self.blanks();
            let Some(innermost) = open.last() else {
                return Some(true);
            };
            match (innermost, self.next()?) {
                (Open::List, b',') => return Some(false),
                (Open::Map, b',') => {
                    self.key()?;
                    return Some(false);
                }
                (Open::List, b']') | (Open::Map, b'}') => open.pop(),
                _ => return None,
            };
        }
    }

    fn key(&mut self) -> Option<()> {
        self.blanks();
        self.word(b"\"")?;
        self.string()?;
        self.blanks();
        self.word(b":")
    }

    /// The rest of a string, after its opening quote.
    fn string(&mut self) -> Option<()> {
        loop {
            match self.next()? {
                b'"' => return Some(()),
                0..0x20 => return None,
                b'\\' => match self.next()? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                    b'u' => {
                        for _ in 0..4 {
                            self.next().filter(u8::is_ascii_hexdigit)?;
                        }
                    }
                    _ => return None,
                },
                _ => {}
            }
        }
    }

    /// The rest of a number, after its first character.
    fn number(&mut self, first: u8) -> Option<()> {
        let first = match first {
            b'-' => self.next()?,
            _ => first,
        };
        match first {
            b'0' => {}
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return None,
        }
        if self.take(b".") && self.digits() == 0 {
            return None;
        }
        if self.take(b"eE") {
            self.take(b"+-");
            if self.digits() == 0 {
                return None;
            }
        }
        Some(())
    }

    fn digits(&mut self) -> usize {
        self.skip(u8::is_ascii_digit)
    }

    fn blanks(&mut self) {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn skip(&mut self, fits: impl Fn(&u8) -> bool) -> usize {
        let count = self.rest.iter().take_while(|byte| fits(byte)).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        count
    }

    fn closes(&mut self, bracket: u8) -> bool {
        self.blanks();
        self.take(&[bracket])
    }

    /// Steps over one of these bytes, if one is next.
    fn take(&mut self, any: &[u8]) -> bool {
        let fits = self.rest.first().is_some_and(|byte| any.contains(byte));
        if fits {
            self.next();
        }
        fits
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.rest = self.rest.strip_prefix(word)?;
        Some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonTexts, is_json};

    #[test]
    fn texts() {
        check(r#"["a", "b"]"#, Some(&["a", "b"]));
        check(r#" [ "a\u0062\n" , null ] "#, Some(&["ab\n", ""]));
        check("[]", Some(&[]));
        check("null", Some(&[]));
        check(r#"["a", 1]"#, None);
        check(r#"[["a"]]"#, None);
        check(r#""a""#, None);
        check("{}", None);
        check("12", None);
        check("1e999", None);
        check("[123456789012345678901234567890]", None);
    }

    #[track_caller]
    fn check(text: &str, expect: Option<&[&str]>) {
        let expect = expect.map_or(JsonTexts::Other, |texts| {
            JsonTexts::Texts(texts.iter().map(|text| (*text).to_owned()).collect())
        });
        assert_eq!(JsonTexts::read(text), expect, "{text}");
    }

    #[test]
    fn not_json() {
        for text in [
            "",
            " ",
            "a",
            "a-b",
            "[",
            "[1,]",
            "[,1]",
            "[1 2]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "{\"a\":1,}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "-",
            "\"a",
            "\"\\x\"",
            "\"\t\"",
            "tru",
            "nulll",
            "[1]]",
            "{]",
            "'a'",
            "\"\\u12g4\"",
            "1Gi",
            "NaN",
        ] {
            assert_eq!(JsonTexts::read(text), JsonTexts::NoJson, "{text}");
        }
    }

    #[test]
    fn json_as_a_peer_reads_it() {
        for text in [
            "0",
            "-0.5e-7",
            "[]",
            "{}",
            "[[],{}]",
            r#"{"a": [1, {"b": "\"\\\/"}], "c": true}"#,
            " false ",
            "[null , null]",
            "1E+2",
            r#""é""#,
        ] {
            assert!(
                serde_json::from_str::<serde_json::Value>(text).is_ok(),
                "{text}"
            );
            assert!(is_json(text), "{text}");
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = "[".repeat(200_000) + &"]".repeat(200_000);
        assert!(is_json(&deep));
        assert_eq!(JsonTexts::read(&deep), JsonTexts::Other);
    }
}
