//! The grammar's rules, one function each, and which alternative each takes.
//!
//! A rule that fails half-way still yields what it has, with holes; the mistakes are with the
//! stream. So names and literals of a broken expression are checked too.

mod literals;
mod member;
mod operators;
mod sequences;

use super::ast::{Expr, ExprKind};
use super::build::Builder;
use super::recover::{Abort, Rule, Stream, Trouble, span};
use super::token::Kind::*;
use super::token::Set;

/// What can begin an expression.
const EXPR: Set = MEMBER.or(Set::of(&[Exclamation]));
/// What can begin an expression without `!`.
const MEMBER: Set = Set::of(&[
    LeftBracket,
    LeftBrace,
    LeftParen,
    Dot,
    Minus,
    True,
    False,
    Null,
    Float,
    Int,
    Uint,
    String,
    Bytes,
    Identifier,
]);
const OPTIONAL: Set = Set::of(&[Question]);
const NAME: Set = Set::of(&[Identifier, EscapedIdentifier]);
const COMMA: Set = Set::of(&[Comma]);
const END: Set = Set::END;
const RELATIONS: Set = Set::of(&[
    Less,
    LessEquals,
    GreaterEquals,
    Greater,
    Equals,
    NotEquals,
    In,
]);
const PRODUCTS: Set = Set::of(&[Star, Slash, Percent]);
const SUMS: Set = Set::of(&[Plus, Minus]);
const SELECTORS: Set = Set::of(&[Dot, LeftBracket]);

pub(super) struct Parser<'s> {
    pub(super) stream: Stream<'s>,
    pub(super) build: Builder<'s>,
}

impl<'s> Parser<'s> {
    /// `expr EOF`
    pub(super) fn start(&mut self) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Start, Set::EMPTY, |p| {
            tree = Some(p.expr(Set::of(&[Eof]))?);
            p.stream.take(Eof, 1, Set::EMPTY)?;
            Ok(())
        })?;
        Ok(self.or_hole(tree))
    }

    fn rule(
        &mut self,
        rule: Rule,
        follow: Set,
        body: impl FnOnce(&mut Self) -> Result<(), Trouble>,
    ) -> Result<(), Abort> {
        let depth = self.stream.enter(rule, follow)?;
        let result = body(self);
        self.stream.leave(rule, depth, result)
    }

    fn or_hole(&mut self, tree: Option<Expr>) -> Expr {
        tree.unwrap_or_else(|| {
            let place = span(self.stream.token(0));
            self.build.node(place, ExprKind::Hole)
        })
    }
}
