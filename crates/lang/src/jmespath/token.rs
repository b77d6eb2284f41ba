//! The words of JMESPath, under the names that its error texts use.

use std::fmt;

use crate::value::Span;

/// What a token is. The order is the reference's: a printed `&expression` shows the number.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// A lone `=`.
    Unknown,
    /// `*`
    Star,
    /// `.`
    Dot,
    /// `[?`
    Filter,
    /// `[]`
    Flatten,
    /// `(`
    Lparen,
    /// `)`
    Rparen,
    /// `[`
    Lbracket,
    /// `]`
    Rbracket,
    /// `{`
    Lbrace,
    /// `}`
    Rbrace,
    /// `||`
    Or,
    /// `|`
    Pipe,
    /// `-12`
    Number,
    /// `name`
    UnquotedIdentifier,
    /// `"name"`
    QuotedIdentifier,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `<`
    LT,
    /// `<=`
    LTE,
    /// `>`
    GT,
    /// `>=`
    GTE,
    /// `==`
    EQ,
    /// `!=`
    NE,
    /// JSON between backticks.
    JSONLiteral,
    /// `'text'`
    StringLiteral,
    /// `@`
    Current,
    /// `&`
    Expref,
    /// `&&`
    And,
    /// `!`
    Not,
    /// The end of the expression.
    EOF,
}

impl TokenKind {
    /// How tightly the token binds what stands to its left; 0 for what never follows a value.
    pub(super) fn binding_power(self) -> u8 {
        match self {
            TokenKind::Pipe => 1,
            TokenKind::Or => 2,
            TokenKind::And => 3,
            TokenKind::EQ
            | TokenKind::NE
            | TokenKind::LT
            | TokenKind::LTE
            | TokenKind::GT
            | TokenKind::GTE => 5,
            TokenKind::Flatten => 9,
            TokenKind::Star => 20,
            TokenKind::Filter => 21,
            TokenKind::Dot => 40,
            TokenKind::Not => 45,
            TokenKind::Lbrace => 50,
            TokenKind::Lbracket => 55,
            TokenKind::Lparen => 60,
            _ => 0,
        }
    }
}

/// The name in error texts: `tRbracket`.
impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "t{self:?}")
    }
}

/// One word of an expression.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// A name, a text or a number as it is meant, quotes and escapes resolved.
    pub(super) text: Box<str>,
    /// Where it stands in the expression, quotes included.
    pub(super) span: Span,
}
