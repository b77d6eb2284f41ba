//! Operators, from the loosest to the tightest.

use super::{END, EXPR, MEMBER, OPTIONAL, PRODUCTS, Parser, RELATIONS, SUMS};
use crate::cel::syntax::ast::Expr;
use crate::cel::syntax::recover::{Abort, Point, Rule, Trouble, Where, span};
use crate::cel::syntax::token::Kind::*;
use crate::cel::syntax::token::{Set, Token};

impl Parser<'_> {
    /// `or ('?' or ':' expr)?`
    pub(super) fn expr(&mut self, follow: Set) -> Result<Expr, Abort> {
        let (mut tree, mut question) = (None, None);
        let (mut yes, mut no) = (None, None);
        self.rule(Rule::Expr, follow, |p| {
            tree = Some(p.or(OPTIONAL.or(END))?);
            if p.stream.kind(0) == Question {
                question = Some(p.stream.take_any());
                yes = Some(p.or(Set::of(&[Colon]))?);
                p.stream.take(Colon, 2, EXPR)?;
                no = Some(p.expr(END)?);
            }
            Ok(())
        })?;
        let tree = self.or_hole(tree);
        let Some(question) = question else {
            return Ok(tree);
        };
        let args = vec![tree, self.or_hole(yes), self.or_hole(no)];
        Ok(self.build.call(span(question), "_?_:_", args))
    }

    /// `and ('||' and)*`
    pub(super) fn or(&mut self, follow: Set) -> Result<Expr, Abort> {
        let (mut terms, mut operators) = (Vec::new(), Vec::new());
        self.rule(Rule::Or, follow, |p| {
            let follow = Set::of(&[Or]).or(END);
            terms.push(p.and(follow)?);
            while p.stream.kind(0) == Or {
                operators.push(p.stream.take_any());
                terms.push(p.and(follow)?);
            }
            Ok(())
        })?;
        self.balanced("_||_", terms, &operators)
    }

    /// `relation ('&&' relation)*`
    fn and(&mut self, follow: Set) -> Result<Expr, Abort> {
        let (mut terms, mut operators) = (Vec::new(), Vec::new());
        self.rule(Rule::And, follow, |p| {
            let follow = Set::of(&[And]).or(END);
            terms.push(p.relation(0, follow)?);
            while p.stream.kind(0) == And {
                operators.push(p.stream.take_any());
                terms.push(p.relation(0, follow)?);
            }
            Ok(())
        })?;
        self.balanced("_&&_", terms, &operators)
    }

    /// A chain of one logical operator as a tree of little depth.
    fn balanced(
        &mut self,
        function: &str,
        mut terms: Vec<Expr>,
        operators: &[Token],
    ) -> Result<Expr, Abort> {
        let middle = operators.len() / 2;
        let Some(operator) = operators.get(middle) else {
            let only = terms.pop();
            return Ok(self.or_hole(only));
        };
        let right = terms.split_off((middle + 1).min(terms.len()));
        let (before, after) = (operators.get(..middle), operators.get(middle + 1..));
        let left = self.balanced(function, terms, before.unwrap_or_default())?;
        let right = self.balanced(function, right, after.unwrap_or_default())?;
        Ok(self
            .build
            .call(span(*operator), function, vec![left, right]))
    }

    /// `calc (('<' | '==' | 'in' | ...) calc)*`, to the left.
    fn relation(&mut self, tightness: u8, follow: Set) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Relation, follow, |p| {
            let follow = RELATIONS.or(END);
            tree = Some(p.calc(0, follow)?);
            while tightness <= 1 && RELATIONS.has(p.stream.kind(0)) {
                p.stream.deepen(Rule::Relation)?;
                let operator = p.stream.take_any();
                let right = p.relation(2, follow)?;
                let left = p.or_hole(tree.take());
                tree = Some(p.binary(operator, left, right));
            }
            Ok(())
        })?;
        Ok(self.or_hole(tree))
    }

    /// Sums of products, to the left.
    fn calc(&mut self, tightness: u8, follow: Set) -> Result<Expr, Abort> {
        let mut tree = None;
        self.rule(Rule::Calc, follow, |p| {
            let follow = PRODUCTS.or(SUMS).or(END);
            tree = Some(p.unary(follow)?);
            loop {
                let inner = match p.stream.kind(0) {
                    kind if PRODUCTS.has(kind) && tightness <= 2 => 3,
                    kind if SUMS.has(kind) && tightness <= 1 => 2,
                    _ => return Ok(()),
                };
                p.stream.deepen(Rule::Calc)?;
                let operator = p.stream.take_any();
                let right = p.calc(inner, follow)?;
                let left = p.or_hole(tree.take());
                tree = Some(p.binary(operator, left, right));
            }
        })?;
        Ok(self.or_hole(tree))
    }

    fn binary(&mut self, operator: Token, left: Expr, right: Expr) -> Expr {
        let function = match operator.kind {
            Less => "_<_",
            LessEquals => "_<=_",
            GreaterEquals => "_>=_",
            Greater => "_>_",
            Equals => "_==_",
            NotEquals => "_!=_",
            In => "@in",
            Star => "_*_",
            Slash => "_/_",
            Percent => "_%_",
            Plus => "_+_",
            _ => "_-_",
        };
        self.build.call(span(operator), function, vec![left, right])
    }

    /// `member`, `'!'+ member` or `'-'+ member`. `-1` is a literal, not a negation.
    fn unary(&mut self, follow: Set) -> Result<Expr, Abort> {
        let mut operators = Vec::new();
        let mut tree = None;
        self.rule(Rule::Unary, follow, |p| {
            let point = Point {
                number: 3,
                next: EXPR,
            };
            p.stream.sync(point, Where::Start)?;
            match p.stream.kind(0) {
                Exclamation => p.nots(&mut operators)?,
                Minus if !p.at_negative_literal() => p.minuses(&mut operators)?,
                _ => {}
            }
            tree = Some(p.member(END)?);
            Ok(())
        })?;
        let tree = self.or_hole(tree);
        // An even number of them cancels out.
        match operators.first() {
            Some(first) if operators.len() % 2 == 1 => {
                let function = match first.kind {
                    Exclamation => "!_",
                    _ => "-_",
                };
                Ok(self.build.call(span(*first), function, vec![tree]))
            }
            _ => Ok(tree),
        }
    }

    fn nots(&mut self, operators: &mut Vec<Token>) -> Result<(), Trouble> {
        let point = Point {
            number: 4,
            next: EXPR,
        };
        while self.stream.kind(0) == Exclamation {
            operators.push(self.stream.take_any());
            self.stream.sync(point, Where::Loop)?;
        }
        Ok(())
    }

    fn minuses(&mut self, operators: &mut Vec<Token>) -> Result<(), Trouble> {
        let point = Point {
            number: 5,
            next: MEMBER,
        };
        while self.stream.kind(0) == Minus {
            if !MEMBER.has(self.stream.kind(1)) {
                return Err(Trouble::NoAlternative { stuck: 1 });
            }
            operators.push(self.stream.take_any());
            self.stream.sync(point, Where::Loop)?;
        }
        Ok(())
    }

    pub(super) fn at_negative_literal(&self) -> bool {
        self.stream.kind(0) == Minus && matches!(self.stream.kind(1), Int | Float)
    }
}
