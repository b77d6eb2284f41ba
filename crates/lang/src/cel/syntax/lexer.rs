//! Text to tokens, by the longest match. What fits no token is reported and stepped over.

use super::token::{Kind, Token};

/// A stretch of text that begins no token.
#[derive(Debug)]
pub(super) struct Unrecognized {
    /// The first byte.
    pub(super) start: usize,
    /// One past the character at which no token was possible any more.
    pub(super) end: usize,
}

/// Splits `text` into tokens; the last one is [`Kind::Eof`].
pub(super) fn tokens(text: &str) -> (Vec<Token>, Vec<Unrecognized>) {
    let mut lexer = Lexer { text, at: 0 };
    let (mut tokens, mut errors) = (Vec::new(), Vec::new());
    loop {
        lexer.skip_blank();
        let start = lexer.at;
        if start >= text.len() {
            break;
        }
        match lexer.token() {
            Ok((kind, end)) => {
                tokens.push(Token { kind, start, end });
                lexer.at = end;
            }
            Err(stuck) => {
                let end = stuck + lexer.char_at(stuck).map_or(0, char::len_utf8);
                errors.push(Unrecognized { start, end });
                lexer.at = end.max(start + 1);
            }
        }
    }
    tokens.push(Token {
        kind: Kind::Eof,
        start: text.len(),
        end: text.len(),
    });
    (tokens, errors)
}

struct Lexer<'s> {
    text: &'s str,
    at: usize,
}

impl Lexer<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.text.as_bytes().get(at).copied().unwrap_or(0)
    }

    fn char_at(&self, at: usize) -> Option<char> {
        self.text.get(at..)?.chars().next()
    }

    /// One past the last byte from `at` on that `belongs`.
    fn run(&self, mut at: usize, belongs: impl Fn(u8) -> bool) -> usize {
        while at < self.text.len() && belongs(self.byte(at)) {
            at += 1;
        }
        at
    }

    fn skip_blank(&mut self) {
        loop {
            self.at = self.run(self.at, |b| {
                matches!(b, b' ' | b'\t' | b'\r' | b'\n' | 0x0c)
            });
            if self.byte(self.at) != b'/' || self.byte(self.at + 1) != b'/' {
                return;
            }
            self.at = self.run(self.at, |b| b != b'\n');
        }
    }

    /// The token at the cursor and its end, or the byte at which it could not go on.
    fn token(&self) -> Result<(Kind, usize), usize> {
        let (at, next) = (self.at, self.byte(self.at + 1));
        let one = |kind| Ok((kind, at + 1));
        let two = |kind| Ok((kind, at + 2));
        match self.byte(at) {
            b'=' if next == b'=' => two(Kind::Equals),
            b'=' => Err(at + 1),
            b'!' if next == b'=' => two(Kind::NotEquals),
            b'!' => one(Kind::Exclamation),
            b'<' if next == b'=' => two(Kind::LessEquals),
            b'<' => one(Kind::Less),
            b'>' if next == b'=' => two(Kind::GreaterEquals),
            b'>' => one(Kind::Greater),
            b'&' if next == b'&' => two(Kind::And),
            b'&' => Err(at + 1),
            b'|' if next == b'|' => two(Kind::Or),
            b'|' => Err(at + 1),
            b'[' => one(Kind::LeftBracket),
            b']' => one(Kind::RightBracket),
            b'{' => one(Kind::LeftBrace),
            b'}' => one(Kind::RightBrace),
            b'(' => one(Kind::LeftParen),
            b')' => one(Kind::RightParen),
            b'.' if next.is_ascii_digit() => Ok(self.fraction(at)),
            b'.' => one(Kind::Dot),
            b',' => one(Kind::Comma),
            b'-' => one(Kind::Minus),
            b'?' => one(Kind::Question),
            b':' => one(Kind::Colon),
            b'+' => one(Kind::Plus),
            b'*' => one(Kind::Star),
            b'/' => one(Kind::Slash),
            b'%' => one(Kind::Percent),
            b'0'..=b'9' => Ok(self.number(at)),
            b'"' | b'\'' => self.string(at, false).map(|end| (Kind::String, end)),
            b'`' => self.escaped_identifier(at),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => Ok(self.word(at)),
            _ => Err(at),
        }
    }

    /// `12`, `12u`, `0x1f`, `1.5`, `1e3`: the longest of them that fits.
    fn number(&self, at: usize) -> (Kind, usize) {
        if self.byte(at) == b'0' && self.byte(at + 1) == b'x' {
            let end = self.run(at + 2, |b| b.is_ascii_hexdigit());
            if end > at + 2 {
                return self.maybe_unsigned(end);
            }
        }
        let end = self.run(at, |b| b.is_ascii_digit());
        if self.byte(end) == b'.' && self.byte(end + 1).is_ascii_digit() {
            return self.fraction(end);
        }
        match self.exponent(end) {
            Some(end) => (Kind::Float, end),
            None => self.maybe_unsigned(end),
        }
    }

    fn maybe_unsigned(&self, end: usize) -> (Kind, usize) {
        match self.byte(end) {
            b'u' | b'U' => (Kind::Uint, end + 1),
            _ => (Kind::Int, end),
        }
    }

    /// The dot at `at`, its digits, perhaps an exponent.
    fn fraction(&self, at: usize) -> (Kind, usize) {
        let end = self.run(at + 1, |b| b.is_ascii_digit());
        (Kind::Float, self.exponent(end).unwrap_or(end))
    }

    fn exponent(&self, at: usize) -> Option<usize> {
        if !matches!(self.byte(at), b'e' | b'E') {
            return None;
        }
        let digits = match self.byte(at + 1) {
            b'+' | b'-' => at + 2,
            _ => at + 1,
        };
        let end = self.run(digits, |b| b.is_ascii_digit());
        (end > digits).then_some(end)
    }

    /// An identifier, a keyword, or a string with a prefix. A prefix before a string that does
    /// not end is an identifier.
    fn word(&self, at: usize) -> (Kind, usize) {
        if let Some((kind, quote, raw)) = self.string_prefix(at)
            && let Ok(end) = self.string(quote, raw)
        {
            return (kind, end);
        }
        let end = self.run(at, |b| b.is_ascii_alphanumeric() || b == b'_');
        let kind = match self.text.get(at..end) {
            Some("in") => Kind::In,
            Some("true") => Kind::True,
            Some("false") => Kind::False,
            Some("null") => Kind::Null,
            _ => Kind::Identifier,
        };
        (kind, end)
    }

    /// The kind, the place of the quote, and whether backslashes are plain.
    fn string_prefix(&self, at: usize) -> Option<(Kind, usize, bool)> {
        let (kind, at) = match self.byte(at) {
            b'b' | b'B' => (Kind::Bytes, at + 1),
            _ => (Kind::String, at),
        };
        let (raw, at) = match self.byte(at) {
            b'r' | b'R' => (true, at + 1),
            _ => (false, at),
        };
        matches!(self.byte(at), b'"' | b'\'').then_some((kind, at, raw))
    }

    /// The end of the string whose quote is at `at`.
    fn string(&self, at: usize, raw: bool) -> Result<usize, usize> {
        let short = self.string_body(at + 1, raw, self.byte(at), 1);
        if !self.quoted(at, self.byte(at), 3) {
            return short;
        }
        // Three quotes that never close again are an empty string and a stray quote.
        self.string_body(at + 3, raw, self.byte(at), 3).or(short)
    }

    fn quoted(&self, at: usize, quote: u8, quotes: usize) -> bool {
        (0..quotes).all(|index| self.byte(at + index) == quote)
    }

    fn string_body(
        &self,
        mut at: usize,
        raw: bool,
        quote: u8,
        quotes: usize,
    ) -> Result<usize, usize> {
        while at < self.text.len() {
            at = match self.byte(at) {
                _ if self.quoted(at, quote, quotes) => return Ok(at + quotes),
                b'\\' if !raw => self.escape(at)?,
                b'\n' | b'\r' if quotes == 1 => return Err(at),
                _ => at + self.char_at(at).map_or(1, char::len_utf8),
            };
        }
        Err(at)
    }

    /// The end of the escape whose backslash is at `at`.
    fn escape(&self, at: usize) -> Result<usize, usize> {
        let hex = |from: usize, digits: usize| {
            let end = self.run(from, |b| b.is_ascii_hexdigit()).min(from + digits);
            if end == from + digits {
                Ok(end)
            } else {
                Err(end)
            }
        };
        match self.byte(at + 1) {
            b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'"' | b'\'' | b'\\' | b'?' | b'`' => {
                Ok(at + 2)
            }
            b'x' | b'X' => hex(at + 2, 2),
            b'u' => hex(at + 2, 4),
            b'U' => hex(at + 2, 8),
            b'0'..=b'3' => {
                let end = self.run(at + 2, |b| matches!(b, b'0'..=b'7')).min(at + 4);
                if end == at + 4 { Ok(end) } else { Err(end) }
            }
            _ => Err(at + 1),
        }
    }

    fn escaped_identifier(&self, at: usize) -> Result<(Kind, usize), usize> {
        let end = self.run(at + 1, |b| {
            b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'/' | b' ')
        });
        if end > at + 1 && self.byte(end) == b'`' {
            return Ok((Kind::EscapedIdentifier, end + 1));
        }
        Err(end)
    }
}
