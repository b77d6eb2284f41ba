//! What stands between brackets, with commas.

use super::{COMMA, END, EXPR, NAME, OPTIONAL, Parser};
use crate::cel::syntax::ast::{Entry, Expr, Field, Item};
use crate::cel::syntax::recover::{Abort, Point, Rule, Trouble, Where, span};
use crate::cel::syntax::token::Kind::*;
use crate::cel::syntax::token::{Set, Token};

impl Parser<'_> {
    /// `expr (',' expr)*`
    pub(super) fn expressions(&mut self, follow: Set, list: &mut Vec<Expr>) -> Result<(), Abort> {
        self.rule(Rule::Expressions, follow, |p| {
            list.push(p.expr(COMMA.or(END))?);
            while p.stream.kind(0) == Comma {
                p.stream.take_any();
                list.push(p.expr(COMMA.or(END))?);
            }
            Ok(())
        })
    }

    /// `item (',' item)*`; a comma before anything else is the literal's trailing one.
    pub(super) fn items(&mut self, follow: Set, items: &mut Vec<Item>) -> Result<(), Abort> {
        self.rule(Rule::Items, follow, |p| {
            items.push(p.item(COMMA.or(END))?);
            while p.comma_before(EXPR.or(OPTIONAL)) {
                p.stream.take_any();
                items.push(p.item(COMMA.or(END))?);
            }
            Ok(())
        })
    }

    /// `item ':' expr (',' item ':' expr)*`
    pub(super) fn entries(&mut self, follow: Set, entries: &mut Vec<Entry>) -> Result<(), Abort> {
        self.rule(Rule::Entries, follow, |p| {
            p.entry(entries)?;
            while p.comma_before(EXPR.or(OPTIONAL)) {
                p.stream.take_any();
                p.entry(entries)?;
            }
            Ok(())
        })
    }

    fn entry(&mut self, entries: &mut Vec<Entry>) -> Result<(), Trouble> {
        let key = self.item(Set::of(&[Colon]))?;
        self.stream.take(Colon, 23, EXPR)?;
        entries.push(Entry {
            key: key.value,
            value: self.expr(COMMA.or(END))?,
            optional: key.optional,
        });
        Ok(())
    }

    /// `name ':' expr (',' name ':' expr)*`
    pub(super) fn fields(&mut self, follow: Set, fields: &mut Vec<Field>) -> Result<(), Abort> {
        self.rule(Rule::Fields, follow, |p| {
            p.field(fields)?;
            while p.comma_before(OPTIONAL.or(NAME)) {
                p.stream.take_any();
                p.field(fields)?;
            }
            Ok(())
        })
    }

    fn field(&mut self, fields: &mut Vec<Field>) -> Result<(), Trouble> {
        let (mut optional, mut name) = (false, None);
        self.rule(Rule::FieldName, Set::of(&[Colon]), |p| {
            let point = Point {
                number: 24,
                next: OPTIONAL.or(NAME),
            };
            p.stream.sync(point, Where::Start)?;
            if p.stream.kind(0) == Question {
                p.stream.take_any();
                optional = true;
            }
            name = p.escaped_name(END)?;
            Ok(())
        })?;
        let colon = self.stream.take(Colon, 25, EXPR)?;
        let value = self.expr(COMMA.or(END))?;
        if let Some(name) = name {
            fields.push(Field {
                id: self.build.place(span(colon)),
                name: self.build.field_name(name, self.stream.text(name)),
                value,
                optional,
            });
        }
        Ok(())
    }

    fn comma_before(&self, next: Set) -> bool {
        self.stream.kind(0) == Comma && next.has(self.stream.kind(1))
    }

    /// `'?'? expr`
    fn item(&mut self, follow: Set) -> Result<Item, Abort> {
        let (mut optional, mut value) = (false, None);
        self.rule(Rule::Item, follow, |p| {
            let point = Point {
                number: 26,
                next: EXPR.or(OPTIONAL),
            };
            p.stream.sync(point, Where::Start)?;
            if p.stream.kind(0) == Question {
                p.stream.take_any();
                optional = true;
            }
            value = Some(p.expr(END)?);
            Ok(())
        })?;
        let value = self.or_hole(value);
        Ok(Item { value, optional })
    }

    /// A field's name, perhaps in backticks.
    pub(super) fn escaped_name(&mut self, follow: Set) -> Result<Option<Token>, Abort> {
        let mut name = None;
        self.rule(Rule::EscapedName, follow, |p| {
            let point = Point {
                number: 27,
                next: NAME,
            };
            p.stream.sync(point, Where::Start)?;
            if !NAME.has(p.stream.kind(0)) {
                return Err(Trouble::NoAlternative { stuck: 0 });
            }
            name = Some(p.stream.take_any());
            Ok(())
        })?;
        Ok(name)
    }
}
