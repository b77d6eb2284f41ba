//! Tokens -> tree: a Pratt parser with the reference's binding powers and its leniencies.
//!
//! Accepted although the grammar says otherwise, because policies may rely on it: a comma after
//! the last argument, arguments and map entries without commas between them.

use bumpalo::Bump;

use super::ast::{Ast, AstKind, AstValue};
use super::error::SyntaxError;
use super::lexer;
use super::token::{Token, TokenKind};
use crate::value::{Document, Span, Value, parse_json};

/// Parentheses, brackets, operators and arguments may nest this deep: the parser calls itself
/// for each.
const DEEPEST: u16 = 100;
/// Levels that a tree may have, because the evaluator calls itself for each. A chain of operators
/// is as high as it is long.
const HIGHEST: u16 = 250;

type Parsed = Result<Ast, SyntaxError>;

/// Reads a whole expression.
pub(super) fn parse(text: &str) -> Parsed {
    let mut parser = Parser {
        tokens: lexer::tokens(text)?,
        at: 0,
        depth: 0,
    };
    let tree = parser.expression(0)?;
    match parser.kind() {
        TokenKind::EOF => Ok(tree),
        other => Err(parser.error(format!(
            "Unexpected token at the end of the expression: {other}"
        ))),
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: u16,
}

impl Parser {
    /// A value and every operator behind it that binds tighter than `power`.
    fn expression(&mut self, power: u8) -> Parsed {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(format!("Nested deeper than {DEEPEST} levels")));
        }
        let mut left = self.prefix()?;
        while power < self.kind().binding_power() {
            left = self.infix(left)?;
            if left.height > HIGHEST {
                return Err(self.error(format!("Longer than {HIGHEST} operators in a row")));
            }
        }
        self.depth -= 1;
        Ok(left)
    }

    /// What an expression may start with.
    fn prefix(&mut self) -> Parsed {
        let (kind, span) = (self.kind(), self.span());
        let text = self.advance();
        match kind {
            TokenKind::JSONLiteral => literal(&text, span),
            TokenKind::StringLiteral => {
                let literal = Document::from_value(Value::Str(&text));
                Ok(leaf(AstKind::Literal, AstValue::Literal(literal), span))
            }
            TokenKind::UnquotedIdentifier => Ok(leaf(AstKind::Field, AstValue::Name(text), span)),
            TokenKind::QuotedIdentifier if self.kind() == TokenKind::Lparen => {
                let message = "Can't have quoted identifier as function name.";
                Err(SyntaxError::new(message, span))
            }
            TokenKind::QuotedIdentifier => Ok(leaf(AstKind::Field, AstValue::Name(text), span)),
            TokenKind::Star if self.kind() == TokenKind::Rbracket => {
                let parts = vec![identity(span), identity(span)];
                Ok(node(AstKind::ValueProjection, parts, span))
            }
            TokenKind::Star => {
                let each = self.projected(TokenKind::Star)?;
                let parts = vec![identity(span), each];
                Ok(node(AstKind::ValueProjection, parts, span))
            }
            TokenKind::Filter => self.filter(identity(span), span),
            TokenKind::Lbrace => self.multi_select_hash(span),
            TokenKind::Flatten => self.flatten(identity(span), span),
            TokenKind::Lbracket => self.bracket_prefix(span),
            TokenKind::Current => Ok(leaf(AstKind::CurrentNode, AstValue::None, span)),
            TokenKind::Expref => {
                let body = self.expression(TokenKind::Expref.binding_power())?;
                Ok(node(AstKind::ExpRef, vec![body], span))
            }
            TokenKind::Not => {
                let operand = self.expression(TokenKind::Not.binding_power())?;
                Ok(node(AstKind::NotExpression, vec![operand], span))
            }
            TokenKind::Lparen => {
                let inner = self.expression(0)?;
                self.expect(TokenKind::Rparen)?;
                Ok(inner)
            }
            TokenKind::EOF => Err(SyntaxError::new("Incomplete expression", span)),
            other => Err(SyntaxError::new(format!("Invalid token: {other}"), span)),
        }
    }

    fn bracket_prefix(&mut self, span: Span) -> Parsed {
        match (self.kind(), self.kind_after(1)) {
            (TokenKind::Number | TokenKind::Colon, _) => match self.index() {
                Ok(index) => self.indexed(identity(span), index, span),
                // The reference drops the error and reads on where it stopped; whatever follows
                // is refused, or the empty node is when it is evaluated.
                Err(_) => Ok(leaf(AstKind::Empty, AstValue::None, span)),
            },
            (TokenKind::Star, TokenKind::Rbracket) => {
                self.at += 2;
                let each = self.projected(TokenKind::Star)?;
                Ok(node(AstKind::Projection, vec![identity(span), each], span))
            }
            _ => self.multi_select_list(span),
        }
    }

    /// What may follow a value.
    fn infix(&mut self, left: Ast) -> Parsed {
        let (kind, span) = (self.kind(), self.span());
        self.advance();
        let binary = match kind {
            TokenKind::Dot if self.kind() == TokenKind::Star => {
                self.advance();
                let each = self.projected(TokenKind::Dot)?;
                return Ok(node(AstKind::ValueProjection, vec![left, each], span));
            }
            TokenKind::Dot => {
                let right = self.after_dot(TokenKind::Dot)?;
                return Ok(node(AstKind::Subexpression, vec![left, right], span));
            }
            TokenKind::Lparen => return self.call(left, span),
            TokenKind::Filter => return self.filter(left, span),
            TokenKind::Flatten => return self.flatten(left, span),
            TokenKind::Lbracket => return self.bracket(left, span),
            TokenKind::Pipe => (AstKind::Pipe, AstValue::None),
            TokenKind::Or => (AstKind::OrExpression, AstValue::None),
            TokenKind::And => (AstKind::AndExpression, AstValue::None),
            TokenKind::EQ
            | TokenKind::NE
            | TokenKind::GT
            | TokenKind::GTE
            | TokenKind::LT
            | TokenKind::LTE => (AstKind::Comparator, AstValue::Operator(kind)),
            other => return Err(self.error(format!("Unexpected token: {other}"))),
        };
        let right = self.expression(kind.binding_power())?;
        Ok(Ast::new(binary.0, binary.1, vec![left, right], span))
    }

    fn call(&mut self, function: Ast, span: Span) -> Parsed {
        let AstValue::Name(name) = (match function.kind {
            AstKind::Field => function.value,
            _ => AstValue::None,
        }) else {
            return Err(SyntaxError::new("Invalid node as function name.", span));
        };
        let mut arguments = Vec::new();
        while self.kind() != TokenKind::Rparen {
            arguments.push(self.expression(0)?);
            if self.kind() == TokenKind::Comma {
                self.advance();
            }
        }
        self.advance();
        Ok(Ast::new(
            AstKind::FunctionExpression,
            AstValue::Name(name),
            arguments,
            function.span,
        ))
    }

    fn bracket(&mut self, left: Ast, span: Span) -> Parsed {
        if let TokenKind::Number | TokenKind::Colon = self.kind() {
            let index = self.index()?;
            return self.indexed(left, index, span);
        }
        self.expect(TokenKind::Star)?;
        self.expect(TokenKind::Rbracket)?;
        let each = self.projected(TokenKind::Star)?;
        Ok(node(AstKind::Projection, vec![left, each], span))
    }

    /// `[1]` or `[1:2]`, after the opening bracket.
    fn index(&mut self) -> Parsed {
        if self.kind() == TokenKind::Colon || self.kind_after(1) == TokenKind::Colon {
            return self.slice();
        }
        let span = self.span();
        let index = self.integer()?;
        self.expect(TokenKind::Rbracket)?;
        Ok(leaf(AstKind::Index, AstValue::Index(index), span))
    }

    fn slice(&mut self) -> Parsed {
        let span = self.span();
        let mut parts = [None; 3];
        let mut part = 0;
        while self.kind() != TokenKind::Rbracket && part < 3 {
            match self.kind() {
                TokenKind::Colon => {
                    part += 1;
                    self.advance();
                }
                TokenKind::Number => {
                    let number = self.integer()?;
                    if let Some(place) = parts.get_mut(part) {
                        *place = Some(number);
                    }
                }
                other => {
                    let message = format!("Expected tColon or tNumber, received: {other}");
                    return Err(self.error(message));
                }
            }
        }
        self.expect(TokenKind::Rbracket)?;
        Ok(leaf(AstKind::Slice, AstValue::Slice(parts), span))
    }

    fn integer(&mut self) -> Result<i64, SyntaxError> {
        let span = self.span();
        let text = self.text();
        let number = text.parse().map_err(|_| {
            // A token of this kind is a sign and digits, so only these two can be wrong.
            let problem = match text {
                "-" => "invalid syntax",
                _ => "value out of range",
            };
            SyntaxError::foreign(format!("strconv.Atoi: parsing \"{text}\": {problem}"), span)
        })?;
        self.advance();
        Ok(number)
    }

    /// An index is a step; a slice starts a projection.
    fn indexed(&mut self, left: Ast, index: Ast, span: Span) -> Parsed {
        let is_slice = index.kind == AstKind::Slice;
        let indexed = node(AstKind::IndexExpression, vec![left, index], span);
        if !is_slice {
            return Ok(indexed);
        }
        let each = self.projected(TokenKind::Star)?;
        Ok(node(AstKind::Projection, vec![indexed, each], span))
    }

    fn flatten(&mut self, left: Ast, span: Span) -> Parsed {
        let flat = node(AstKind::Flatten, vec![left], span);
        let each = self.projected(TokenKind::Flatten)?;
        Ok(node(AstKind::Projection, vec![flat, each], span))
    }

    fn filter(&mut self, left: Ast, span: Span) -> Parsed {
        let condition = self.expression(0)?;
        self.expect(TokenKind::Rbracket)?;
        let each = match self.kind() {
            TokenKind::Flatten => identity(span),
            _ => self.projected(TokenKind::Filter)?,
        };
        let parts = vec![left, each, condition];
        Ok(node(AstKind::FilterProjection, parts, span))
    }

    /// What a projection does to each element: everything behind it that binds tighter.
    fn projected(&mut self, by: TokenKind) -> Parsed {
        match self.kind() {
            kind if kind.binding_power() < 10 => Ok(identity(self.span())),
            TokenKind::Lbracket | TokenKind::Filter => self.expression(by.binding_power()),
            TokenKind::Dot => {
                self.advance();
                self.after_dot(by)
            }
            _ => Err(self.error("Error".to_owned())),
        }
    }

    fn after_dot(&mut self, by: TokenKind) -> Parsed {
        match self.kind() {
            TokenKind::QuotedIdentifier | TokenKind::UnquotedIdentifier | TokenKind::Star => {
                self.expression(by.binding_power())
            }
            TokenKind::Lbracket => {
                let span = self.span();
                self.advance();
                self.multi_select_list(span)
            }
            TokenKind::Lbrace => {
                let span = self.span();
                self.advance();
                self.multi_select_hash(span)
            }
            _ => Err(self.error("Expected identifier, lbracket, or lbrace".to_owned())),
        }
    }

    fn multi_select_list(&mut self, span: Span) -> Parsed {
        let mut members = vec![self.expression(0)?];
        while self.kind() != TokenKind::Rbracket {
            self.expect(TokenKind::Comma)?;
            members.push(self.expression(0)?);
        }
        self.advance();
        Ok(node(AstKind::MultiSelectList, members, span))
    }

    fn multi_select_hash(&mut self, span: Span) -> Parsed {
        let mut members = Vec::new();
        loop {
            let key_span = self.span();
            let (TokenKind::UnquotedIdentifier | TokenKind::QuotedIdentifier) = self.kind() else {
                let message = "Expected tQuotedIdentifier or tUnquotedIdentifier";
                return Err(self.error(message.to_owned()));
            };
            let key = AstValue::Name(self.advance());
            self.expect(TokenKind::Colon)?;
            let value = self.expression(0)?;
            members.push(Ast::new(AstKind::KeyValPair, key, vec![value], key_span));
            match self.kind() {
                TokenKind::Comma => {
                    self.advance();
                }
                TokenKind::Rbrace => break,
                _ => {}
            }
        }
        self.advance();
        Ok(node(AstKind::MultiSelectHash, members, span))
    }

    fn expect(&mut self, kind: TokenKind) -> Result<(), SyntaxError> {
        if self.kind() != kind {
            return Err(self.error(format!("Expected {kind}, received: {}", self.kind())));
        }
        self.advance();
        Ok(())
    }

    /// Steps over the current token and hands out its text. The last token is never left.
    fn advance(&mut self) -> Box<str> {
        let last = self.at + 1 >= self.tokens.len();
        let text = self
            .tokens
            .get_mut(self.at)
            .map(|token| std::mem::take(&mut token.text));
        self.at += usize::from(!last);
        text.unwrap_or_default()
    }

    fn kind(&self) -> TokenKind {
        self.kind_after(0)
    }

    fn kind_after(&self, count: usize) -> TokenKind {
        let token = self.tokens.get(self.at + count);
        token.map_or(TokenKind::EOF, |token| token.kind)
    }

    fn span(&self) -> Span {
        let token = self.tokens.get(self.at);
        token.map(|token| token.span).unwrap_or_default()
    }

    fn text(&self) -> &str {
        self.tokens.get(self.at).map_or("", |token| &token.text)
    }

    fn error(&self, message: String) -> SyntaxError {
        SyntaxError::new(message, self.span())
    }
}

fn literal(json: &str, span: Span) -> Parsed {
    let bump = Bump::new();
    let value = parse_json(&bump, json).map_err(|message| SyntaxError::foreign(message, span))?;
    let literal = Document::from_value(value);
    Ok(leaf(AstKind::Literal, AstValue::Literal(literal), span))
}

fn identity(span: Span) -> Ast {
    leaf(AstKind::Identity, AstValue::None, span)
}

fn leaf(kind: AstKind, value: AstValue, span: Span) -> Ast {
    Ast::new(kind, value, Vec::new(), span)
}

fn node(kind: AstKind, children: Vec<Ast>, span: Span) -> Ast {
    Ast::new(kind, AstValue::None, children, span)
}
