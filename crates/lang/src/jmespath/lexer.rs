//! Expression text -> tokens.
//!
//! Identifiers are ASCII; anything else goes between double quotes. In raw texts (`'...'`) only
//! `\'` is an escape, in quoted identifiers those of JSON are, in literals (between backticks)
//! the backtick may be escaped on top of what JSON says.

use bumpalo::Bump;

use super::error::SyntaxError;
use super::token::{Token, TokenKind};
use crate::value::{Span, Value, parse_json};

/// Cuts the whole of `text`; the last token is [`TokenKind::EOF`].
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let done = token.kind == TokenKind::EOF;
        tokens.push(token);
        if done {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Token, SyntaxError> {
        self.skip(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let start = self.at;
        let Some(first) = self.rest().chars().next() else {
            return Ok(self.token(TokenKind::EOF, start, ""));
        };
        self.at += first.len_utf8();
        let kind = match first {
            'A'..='Z' | 'a'..='z' | '_' => {
                self.skip(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                TokenKind::UnquotedIdentifier
            }
            '-' | '0'..='9' => {
                self.skip(|byte| byte.is_ascii_digit());
                TokenKind::Number
            }
            '"' => return self.quoted_identifier(start),
            '\'' => return self.raw_text(start),
            '`' => return self.literal(start),
            '[' if self.take(b'?') => TokenKind::Filter,
            '[' if self.take(b']') => TokenKind::Flatten,
            '[' => TokenKind::Lbracket,
            '|' if self.take(b'|') => TokenKind::Or,
            '|' => TokenKind::Pipe,
            '&' if self.take(b'&') => TokenKind::And,
            '&' => TokenKind::Expref,
            '<' if self.take(b'=') => TokenKind::LTE,
            '<' => TokenKind::LT,
            '>' if self.take(b'=') => TokenKind::GTE,
            '>' => TokenKind::GT,
            '!' if self.take(b'=') => TokenKind::NE,
            '!' => TokenKind::Not,
            '=' if self.take(b'=') => TokenKind::EQ,
            '=' => TokenKind::Unknown,
            '.' => TokenKind::Dot,
            '*' => TokenKind::Star,
            ',' => TokenKind::Comma,
            ':' => TokenKind::Colon,
            '{' => TokenKind::Lbrace,
            '}' => TokenKind::Rbrace,
            ']' => TokenKind::Rbracket,
            '(' => TokenKind::Lparen,
            ')' => TokenKind::Rparen,
            '@' => TokenKind::Current,
            other => return Err(self.unknown(other, start)),
        };
        let text = self.text.get(start..self.at).unwrap_or_default();
        Ok(self.token(kind, start, text))
    }

    fn quoted_identifier(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let inner = self.until(b'"')?;
        let json = self.text.get(start..self.at).unwrap_or_default();
        let bump = Bump::new();
        match parse_json(&bump, json) {
            Ok(Value::Str(name)) => Ok(self.token(TokenKind::QuotedIdentifier, start, name)),
            Ok(_) => Ok(self.token(TokenKind::QuotedIdentifier, start, inner)),
            Err(message) => Err(SyntaxError::foreign(message, self.span(start))),
        }
    }

    fn literal(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let json = self.until(b'`')?.replace("\\`", "`");
        Ok(self.token(TokenKind::JSONLiteral, start, &json))
    }

    fn raw_text(&mut self, start: usize) -> Result<Token, SyntaxError> {
        let from = self.at;
        while let Some(found) = self.rest().find('\'') {
            let end = self.at + found;
            self.at = end + 1;
            let inner = self.text.get(from..end).unwrap_or_default();
            if !inner.ends_with('\\') {
                return Ok(self.token(TokenKind::StringLiteral, start, &inner.replace("\\'", "'")));
            }
        }
        Err(self.unclosed('\''))
    }

    /// Up to the next `end` that no backslash precedes. Steps over it.
    fn until(&mut self, end: u8) -> Result<&'t str, SyntaxError> {
        let from = self.at;
        let mut escaped = false;
        for (index, byte) in self.rest().bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                _ if byte == end => {
                    self.at = from + index + 1;
                    return Ok(self.text.get(from..from + index).unwrap_or_default());
                }
                _ => {}
            }
        }
        Err(self.unclosed(char::from(end)))
    }

    fn unclosed(&self, delimiter: char) -> SyntaxError {
        let end = self.text.len();
        SyntaxError::new(
            format!("Unclosed delimiter: {delimiter}"),
            Span { start: end, end },
        )
    }

    fn unknown(&self, found: char, start: usize) -> SyntaxError {
        let shown = match found {
            '\\' => "\\\\".to_owned(),
            '!'..='~' => found.to_string(),
            '\x07' => "\\a".to_owned(),
            '\x08' => "\\b".to_owned(),
            '\x0b' => "\\v".to_owned(),
            '\x0c' => "\\f".to_owned(),
            '\0'..='\x7f' => format!("\\x{:02x}", found as u32),
            '\u{80}'..='\u{ffff}' => format!("\\u{:04x}", found as u32),
            _ => format!("\\U{:08x}", found as u32),
        };
        SyntaxError::new(format!("Unknown char: '{shown}'"), self.span(start))
    }

    fn token(&self, kind: TokenKind, start: usize, text: &str) -> Token {
        Token {
            kind,
            text: text.into(),
            span: self.span(start),
        }
    }

    fn span(&self, start: usize) -> Span {
        Span {
            start,
            end: self.at,
        }
    }

    fn skip(&mut self, belongs: impl Fn(u8) -> bool) {
        self.at += self
            .rest()
            .bytes()
            .take_while(|byte| belongs(*byte))
            .count();
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.rest().as_bytes().first() == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }
}
