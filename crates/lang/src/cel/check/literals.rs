//! Checks of what is spelt out: literals that a call cannot read, lists and maps of mixed types.

use std::collections::BTreeSet;

use super::Checked;
use crate::cel::environment::Environment;
use crate::cel::issue::Issues;
use crate::cel::library::{Library, format};
use crate::cel::syntax::ast::{Ast, Expr, ExprId, ExprKind, Item, Literal};
use crate::cel::types::Type;
use crate::cel::val::Timestamp;
use crate::scalar::duration::Duration;
use crate::scalar::regex::Regex;

/// Adds what is wrong with the literals of a tree whose types are right.
pub(super) fn check(ast: &Ast, checked: &Checked, env: &Environment, issues: &mut Issues) {
    let mut check = Check {
        ast,
        checked,
        issues,
        formatted: BTreeSet::new(),
        mixes: env.mixes_literals(),
        formats: env.libraries.has(Library::Strings),
    };
    ast.root.each(&mut |expr| check.expr(expr));
}

struct Check<'a> {
    ast: &'a Ast,
    checked: &'a Checked,
    issues: &'a mut Issues,
    /// The lists and maps anywhere below a call of `format`: they may mix types.
    formatted: BTreeSet<ExprId>,
    mixes: bool,
    formats: bool,
}

impl Check<'_> {
    fn complain(&mut self, id: ExprId, message: impl Into<String>) {
        self.issues.add(self.ast.place(id), message);
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Call {
                target,
                function,
                args,
            } => self.call(expr.id, target.as_deref(), function, args),
            ExprKind::List(_) | ExprKind::Map(_)
                if self.mixes || self.formatted.contains(&expr.id) => {}
            ExprKind::List(items) => {
                self.one_type(items.iter().map(|item| (item.value.id, item.optional)));
            }
            ExprKind::Map(entries) => {
                self.one_type(entries.iter().map(|entry| (entry.key.id, false)));
                self.one_type(entries.iter().map(|e| (e.value.id, e.optional)));
            }
            _ => {}
        }
    }

    /// Complains about the first that is of another type than those before it.
    fn one_type(&mut self, items: impl Iterator<Item = (ExprId, bool)>) {
        let mut common: Option<Type> = None;
        for (id, optional) in items {
            let mut ty = self.checked.type_of(id).clone();
            if let (Type::Optional(of), true) = (&ty, optional) {
                ty = of.as_ref().clone();
            }
            match &common {
                None => common = Some(ty),
                Some(common) if *common == ty => {}
                Some(common) => {
                    let message = format!("expected type '{common}' but found '{ty}'");
                    return self.complain(id, message);
                }
            }
        }
    }

    fn call(&mut self, id: ExprId, target: Option<&Expr>, function: &str, args: &[Expr]) {
        match (function, args.first()) {
            ("format", Some(arg)) => {
                self.spare(arg);
                if let ExprKind::List(items) = &arg.kind
                    && let (Some(text), true) = (target.and_then(text_of), self.formats)
                {
                    self.format(id, text, items);
                }
            }
            ("duration" | "timestamp" | "matches", Some(arg)) => {
                let readable = text_of(arg).is_none_or(|text| match function {
                    "duration" => Duration::parse(text).is_ok(),
                    "timestamp" => Timestamp::parse(text).is_ok(),
                    _ => Regex::new(text).is_ok(),
                });
                if !readable {
                    self.complain(arg.id, format!("invalid {function} argument"));
                }
            }
            _ => {}
        }
    }

    /// Lets everything below `argument` mix types. Trees are walked from the root down, so this
    /// comes before their lists are looked at.
    fn spare(&mut self, argument: &Expr) {
        argument.each(&mut |expr| {
            if matches!(expr.kind, ExprKind::List(_) | ExprKind::Map(_)) {
                self.formatted.insert(expr.id);
            }
        });
    }

    /// `text.format(items)`: do the clauses fit the items' types?
    fn format(&mut self, id: ExprId, text: &str, items: &[Item]) {
        let mut used = 0;
        for piece in format::pieces(text) {
            let clause = match piece {
                Ok(format::Piece::Text(_)) => continue,
                Ok(format::Piece::Clause(clause)) => Ok(clause),
                Err(error) => Err(error),
            };
            let Some(item) = items.get(used) else {
                return self.complain(id, format!("index {used} out of range"));
            };
            let clause = match clause {
                Ok(clause) => clause,
                Err(error) => return self.complain(id, error),
            };
            used += 1;
            if let Some(wrong) = self.misfit(clause, &item.value) {
                let ty = self.checked.type_of(wrong).runtime_name();
                let message = format!("error during formatting: {}", clause.refusal(ty));
                return self.complain(wrong, message);
            }
        }
        if items.len() > used {
            let message = format!(
                "too many arguments supplied to string.format (expected {used}, got {})",
                items.len()
            );
            self.complain(id, message);
        }
    }

    /// The node within `value` that the clause cannot print.
    fn misfit(&self, clause: format::Clause, value: &Expr) -> Option<ExprId> {
        let ty = self.checked.type_of(value.id);
        if !clause.may_print(ty) {
            return Some(value.id);
        }
        match &value.kind {
            ExprKind::List(items) => items
                .iter()
                .find_map(|item| self.misfit(clause, &item.value)),
            ExprKind::Map(entries) => entries
                .iter()
                .find_map(|entry| self.misfit(clause, &entry.value)),
            _ => None,
        }
    }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Literal(Literal::String(text)) => Some(text),
        _ => None,
    }
}
