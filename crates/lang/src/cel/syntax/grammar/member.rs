//! Names, calls, selections, and what they begin with.

use super::{END, EXPR, MEMBER, OPTIONAL, Parser, SELECTORS};
use crate::cel::syntax::ast::Expr;
use crate::cel::syntax::recover::{Abort, Point, Rule, Trouble, Where, span};
use crate::cel::syntax::token::Kind::*;
use crate::cel::syntax::token::Set;

impl Parser<'_> {
    /// `primary ('.' '?'? name | '.' name '(' args ')' | '[' '?'? expr ']')*`
    pub(super) fn member(&mut self, follow: Set) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Member, follow, |p| {
            tree = Some(p.primary(SELECTORS.or(END))?);
            while SELECTORS.has(p.stream.kind(0)) {
                p.stream.deepen(Rule::Member)?;
                let operand = p.or_hole(tree.take());
                match (p.stream.kind(0), p.stream.kind(1), p.stream.kind(2)) {
                    (LeftBracket, _, _) => p.index(operand, &mut tree)?,
                    (_, Identifier, LeftParen) => p.member_call(operand, &mut tree)?,
                    (_, Question | Identifier | EscapedIdentifier, _) => {
                        p.select(operand, &mut tree)?;
                    }
                    _ => return Err(Trouble::NoAlternative { stuck: 1 }),
                }
            }
            Ok(())
        })?;
        Ok(self.or_hole(tree))
    }

    fn select(&mut self, operand: Expr, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let dot = self.stream.take_any();
        let optional = self.stream.kind(0) == Question;
        if optional {
            self.stream.take_any();
        }
        let name = self.escaped_name(SELECTORS.or(END))?;
        *tree = Some(self.build.select(span(dot), operand, name, optional));
        Ok(())
    }

    fn member_call(&mut self, target: Expr, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        self.stream.take_any();
        let name = self.stream.take_any();
        let name = self.stream.text(name).to_owned();
        let open = self.stream.take_any();
        let (args, end) = self.arguments(6);
        *tree = Some(self.build.member_call(span(open), target, name, args));
        end
    }

    /// The arguments and the closing parenthesis. Even a broken call keeps the arguments it has.
    fn arguments(&mut self, number: u8) -> (Vec<Expr>, Result<(), Trouble>) {
        let mut args = Vec::new();
        let end = self.arguments_into(number, &mut args);
        (args, end)
    }

    fn arguments_into(&mut self, number: u8, args: &mut Vec<Expr>) -> Result<(), Trouble> {
        let close = Set::of(&[RightParen]);
        let next = EXPR.or(close);
        self.stream.sync(Point { number, next }, Where::Start)?;
        if EXPR.has(self.stream.kind(0)) {
            self.expressions(close, args)?;
        }
        self.stream
            .take(RightParen, number + 1, SELECTORS.or(END))?;
        Ok(())
    }

    fn index(&mut self, operand: Expr, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let open = self.stream.take_any();
        let (mut optional, mut index) = (false, None);
        let end = self.index_into(&mut optional, &mut index);
        let index = self.or_hole(index);
        let function = if optional { "_[?_]" } else { "_[_]" };
        let call = self.build.call(span(open), function, vec![operand, index]);
        *tree = Some(call);
        end
    }

    fn index_into(&mut self, optional: &mut bool, index: &mut Option<Expr>) -> Result<(), Trouble> {
        let point = Point {
            number: 8,
            next: EXPR.or(OPTIONAL),
        };
        self.stream.sync(point, Where::Start)?;
        if self.stream.kind(0) == Question {
            self.stream.take_any();
            *optional = true;
        }
        *index = Some(self.expr(Set::of(&[RightBracket]))?);
        self.stream.take(RightBracket, 9, SELECTORS.or(END))?;
        Ok(())
    }

    /// A name, a call, a bracketed expression, a literal of any kind.
    fn primary(&mut self, follow: Set) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Primary, follow, |p| {
            let point = Point {
                number: 10,
                next: MEMBER,
            };
            p.stream.sync(point, Where::Start)?;
            match p.stream.kind(0) {
                LeftParen => {
                    p.stream.take_any();
                    tree = Some(p.expr(Set::of(&[RightParen]))?);
                    p.stream.take(RightParen, 11, END)?;
                }
                LeftBracket => p.list(&mut tree)?,
                LeftBrace => p.map(&mut tree)?,
                Dot | Identifier => p.named(&mut tree)?,
                _ => tree = Some(p.literal(END)?),
            }
            Ok(())
        })?;
        Ok(self.or_hole(tree))
    }

    /// What starts with a name: a variable, a call, or the literal of a named type.
    fn named(&mut self, tree: &mut Option<Expr>) -> Result<(), Trouble> {
        let dots = usize::from(self.stream.kind(0) == Dot);
        if self.stream.kind(dots) != Identifier {
            return Err(Trouble::NoAlternative { stuck: dots });
        }
        let mut last = dots;
        while self.stream.kind(last + 1) == Dot && self.stream.kind(last + 2) == Identifier {
            last += 2;
        }
        if self.stream.kind(last + 1) == LeftBrace {
            return self.message(tree);
        }
        let start = span(self.stream.token(0));
        if dots == 1 {
            self.stream.take_any();
        }
        let name = self.stream.take_any();
        let dot = if dots == 1 { "." } else { "" };
        let word = self.stream.text(name);
        if self.stream.kind(0) != LeftParen {
            *tree = Some(self.build.name(start, span(name), dot, word));
            return Ok(());
        }
        let open = self.stream.take_any();
        let (args, end) = self.arguments(12);
        *tree = Some(self.build.global_call(start, span(open), dot, word, args));
        end
    }
}
