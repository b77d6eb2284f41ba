//! Literals: of lists, maps, types with fields, and plain ones.

use super::{COMMA, END, EXPR, NAME, OPTIONAL, Parser};
use crate::cel::syntax::ast::{Entry, Expr, ExprKind, Field, Item, Literal};
use crate::cel::syntax::recover::{Abort, Point, Rule, Trouble, Where, span};
use crate::cel::syntax::token::Kind::*;
use crate::cel::syntax::token::{Kind, Set};

impl Parser<'_> {
    /// `a.b.C{field: value}`
    pub(super) fn message(&mut self, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let mut name = std::string::String::new();
        while self.stream.kind(0) != LeftBrace {
            let token = self.stream.take_any();
            name.push_str(self.stream.text(token));
        }
        let open = self.stream.take_any();
        let mut fields = Vec::new();
        let end = self.message_fields(&mut fields);
        let kind = ExprKind::Struct { name, fields };
        *tree = Some(self.build.node(span(open), kind));
        end
    }

    fn message_fields(&mut self, fields: &mut Vec<Field>) -> Result<(), Trouble> {
        let close = Set::of(&[RightBrace]);
        let field = OPTIONAL.or(NAME);
        let next = field.or(COMMA).or(close);
        self.stream.sync(Point { number: 14, next }, Where::Start)?;
        if field.has(self.stream.kind(0)) {
            self.fields(COMMA.or(close), fields)?;
        }
        self.closing(RightBrace, 15)
    }

    /// An optional comma and the closing bracket of a literal.
    fn closing(&mut self, close: Kind, number: u8) -> Result<(), Trouble> {
        let next = COMMA.or(Set::of(&[close]));
        self.stream.sync(Point { number, next }, Where::Start)?;
        if self.stream.kind(0) == Comma {
            self.stream.take_any();
        }
        self.stream.take(close, number + 1, END)?;
        Ok(())
    }

    pub(super) fn list(&mut self, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let open = self.stream.take_any();
        let mut items = Vec::new();
        let end = self.list_items(&mut items);
        *tree = Some(self.build.node(span(open), ExprKind::List(items)));
        end
    }

    fn list_items(&mut self, items: &mut Vec<Item>) -> Result<(), Trouble> {
        let close = Set::of(&[RightBracket]);
        let item = EXPR.or(OPTIONAL);
        let next = item.or(COMMA).or(close);
        self.stream.sync(Point { number: 17, next }, Where::Start)?;
        if item.has(self.stream.kind(0)) {
            self.items(COMMA.or(close), items)?;
        }
        self.closing(RightBracket, 18)
    }

    pub(super) fn map(&mut self, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let open = self.stream.take_any();
        let mut entries = Vec::new();
        let end = self.map_entries(&mut entries);
        *tree = Some(self.build.node(span(open), ExprKind::Map(entries)));
        end
    }

    fn map_entries(&mut self, entries: &mut Vec<Entry>) -> Result<(), Trouble> {
        let close = Set::of(&[RightBrace]);
        let item = EXPR.or(OPTIONAL);
        let next = item.or(COMMA).or(close);
        self.stream.sync(Point { number: 20, next }, Where::Start)?;
        if item.has(self.stream.kind(0)) {
            self.entries(COMMA.or(close), entries)?;
        }
        self.closing(RightBrace, 21)
    }

    pub(super) fn literal(&mut self, follow: Set) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Literal, follow, |p| {
            let start = p.stream.token(0);
            let negative = start.kind == Minus;
            if negative && !p.at_negative_literal() {
                return Err(Trouble::NoAlternative { stuck: 1 });
            }
            if negative {
                p.stream.take_any();
            }
            let token = p.stream.take_any();
            let text = p.stream.text(token);
            let place = span(start);
            tree = Some(match token.kind {
                True => p.build.constant(place, Literal::Bool(true)),
                False => p.build.constant(place, Literal::Bool(false)),
                Null => p.build.constant(place, Literal::Null),
                kind => p.build.literal(place, kind, text, negative),
            });
            Ok(())
        })?;
        Ok(self.or_hole(tree))
    }
}
