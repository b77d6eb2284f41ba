//! Calls: operators that evaluate their operands themselves, and functions that do not.

use std::sync::Arc;

use super::{Compiled, Compiler};
use crate::cel::check::{Meaning, Resolved};
use crate::cel::library::{Cost, Dispatch, Prepared};
use crate::cel::program::constants::convert;
use crate::cel::program::{CallSite, Child, Node, NodeId, Target};
use crate::cel::syntax::ast::{Expr, ExprKind};
use crate::cel::val::Constant;

impl Compiler<'_> {
    pub(super) fn any_call(
        &mut self,
        expr: &Expr,
        target: Option<&Expr>,
        function: &str,
        args: &[Expr],
    ) -> Compiled<NodeId> {
        match (function, target, args) {
            ("_?._" | "_[_]" | "_[?_]", None, _) => self.path(expr),
            ("_&&_" | "_||_", None, _) => {
                let mut terms = Vec::new();
                self.terms(function, expr, &mut terms)?;
                let terms = self.family(terms);
                Ok(self.push(match function {
                    "_&&_" => Node::All(terms),
                    _ => Node::Any(terms),
                }))
            }
            ("_?_:_", None, [test, yes, no]) => {
                let test = self.expr(test)?;
                let yes = self.expr(yes)?;
                let no = self.expr(no)?;
                Ok(self.push(Node::Conditional { test, yes, no }))
            }
            ("orValue", Some(value), [otherwise]) => {
                let value = self.expr(value)?;
                let otherwise = self.expr(otherwise)?;
                Ok(self.push(Node::OrValue {
                    value,
                    otherwise,
                    lenient: self.lenient,
                }))
            }
            ("or", Some(value), [otherwise]) => {
                let value = self.expr(value)?;
                let otherwise = self.expr(otherwise)?;
                Ok(self.push(Node::Or { value, otherwise }))
            }
            _ => self.call(expr, target, args),
        }
    }

    /// The terms of nested calls of one logical operator, in the order of the text.
    fn terms(&mut self, function: &str, expr: &Expr, terms: &mut Vec<Child>) -> Compiled<()> {
        if let ExprKind::Call {
            target: None,
            function: inner,
            args,
        } = &expr.kind
            && inner == function
        {
            return args
                .iter()
                .try_for_each(|arg| self.terms(function, arg, terms));
        }
        let node = self.expr(expr)?;
        terms.push(Child {
            node,
            name: None,
            optional: false,
        });
        Ok(())
    }

    fn call(&mut self, expr: &Expr, target: Option<&Expr>, args: &[Expr]) -> Compiled<NodeId> {
        let Some(Meaning::Function(resolved)) = self.checked.meaning(expr.id) else {
            return Ok(self.constant(Constant::Null, 0));
        };
        let target = target.filter(|_| !resolved.namespaced);
        let args = target.into_iter().chain(args).map(|arg| (arg, false));
        let args: Vec<_> = args.collect();
        let children = self.expressions(args)?;
        let Some(function) = resolved.functions.first() else {
            return Ok(self.constant(Constant::Null, 0));
        };
        if let [only] = children.as_slice()
            && let Some((constant, 0)) = self.constant_of(only.node)
            && let Some(converted) = convert(function.name, constant)
        {
            return Ok(self.constant(converted?, 0));
        }
        let constants: Vec<_> = children
            .iter()
            .map(|child| Some(self.constant_of(child.node)?.0))
            .collect();
        let overload = match resolved.overloads.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let prepare = resolved.overloads.iter().find_map(|o| o.prepare);
        let prepared = prepare.map_or(Prepared::Nothing, |prepare| prepare(&constants));
        let cost = overload.and_then(|o| o.cost).unwrap_or(function.cost);
        match prepared {
            Prepared::Refused(text) => return Err(text),
            Prepared::Value(value) => {
                let args: Option<Vec<_>> = constants
                    .iter()
                    .map(|constant| constant.map(Constant::view))
                    .collect();
                let cost = match (cost, args) {
                    (Cost::Of(of), Some(args)) => of(&args, value.view()),
                    _ => 1,
                };
                return Ok(self.constant(value, cost));
            }
            _ => {}
        }
        let site = CallSite {
            name: function.name,
            target: code(resolved),
            cost,
            prepared: Arc::new(prepared),
            asks: function.library.asks(),
            args: self.family(children),
        };
        self.calls.push(site);
        let place = self.calls.len() as u32 - 1;
        Ok(self.push(Node::Call(place)))
    }
}

/// Which code the call runs.
fn code(resolved: &Resolved) -> Target {
    let single = resolved.functions.as_slice();
    match (single, resolved.overloads.as_slice()) {
        ([function], [overload, ..]) if !matches!(function.dispatch, Dispatch::ByType) => {
            Target::Body(overload.body, function.dispatch)
        }
        (_, [overload]) => Target::Overload(overload),
        (functions, _) => {
            let all = functions.iter().flat_map(|function| function.overloads);
            Target::ByType(all.collect())
        }
    }
}
