//! Comprehensions: from the fold that a macro made back to what the macro was given.

use super::{Compiled, Compiler};
use crate::cel::program::{Fold, FoldKind, Node, NodeId, Stretch};
use crate::cel::syntax::ast::{Comprehension, Expr, ExprKind, Shape};

impl Compiler<'_> {
    pub(super) fn comprehension(&mut self, fold: &Comprehension) -> Compiled<NodeId> {
        let outer = self.scope.len();
        if fold.shape == Shape::Bind {
            let range = self.expr(&fold.init)?;
            let first = self.slot();
            self.scope.push((fold.accumulator.clone(), first));
            let kind = FoldKind::Bind(self.expr(&fold.result)?);
            self.scope.truncate(outer);
            return Ok(self.fold(Fold {
                kind,
                range,
                first,
                second: None,
                test: None,
                resets: Stretch::default(),
            }));
        }
        let range = self.expr(&fold.range)?;
        let first = self.slot();
        self.scope.push((fold.first.clone(), first));
        let second = fold.second.as_ref().map(|name| {
            let slot = self.slot();
            self.scope.push((name.clone(), slot));
            slot
        });
        let (test, kind) = self.body(fold)?;
        self.scope.truncate(outer);
        Ok(self.fold(Fold {
            kind,
            range,
            first,
            second,
            test,
            resets: Stretch::default(),
        }))
    }

    fn fold(&mut self, fold: Fold) -> NodeId {
        self.folds.push(fold);
        let place = self.folds.len() as u32 - 1;
        self.push(Node::Fold(place))
    }

    /// What the macro that made the fold was given: a test, and what it collects.
    fn body(&mut self, fold: &Comprehension) -> Compiled<(Option<NodeId>, FoldKind)> {
        let filtered = match fold.shape {
            Shape::Map { filtered } | Shape::MapEntries { filtered } => filtered,
            Shape::Filter => true,
            _ => false,
        };
        let (test, step) = match args_of(&fold.step) {
            [test, step, _] if filtered => (Some(self.expr(test)?), step),
            _ => (None, &fold.step),
        };
        let kind = match (fold.shape, args_of(step)) {
            (Shape::All, [_, test]) => FoldKind::All(self.expr(test)?),
            (Shape::Exists, [_, test]) => FoldKind::Exists(self.expr(test)?),
            (Shape::ExistsOne, [test, ..]) => FoldKind::ExistsOne(self.expr(test)?),
            (Shape::MapEntries { .. }, [_, key, value]) => FoldKind::Entries {
                key: self.expr(key)?,
                value: self.expr(value)?,
            },
            (Shape::MapEntries { .. }, [_, entry]) => FoldKind::Merge(self.expr(entry)?),
            (_, [_, list]) => match &list.kind {
                ExprKind::List(items) => match items.as_slice() {
                    [item] => FoldKind::List(self.expr(&item.value)?),
                    _ => return Err("malformed comprehension".to_owned()),
                },
                _ => return Err("malformed comprehension".to_owned()),
            },
            _ => return Err("malformed comprehension".to_owned()),
        };
        Ok((test, kind))
    }
}

fn args_of(expr: &Expr) -> &[Expr] {
    match &expr.kind {
        ExprKind::Call { args, .. } => args,
        _ => &[],
    }
}
