//! What an expression can look at, found out without asking it.
//!
//! Comes in:  an expression, the path of something below its root.
//! Goes out:  may what stands there change what the expression comes to?
//! Never here: values.

use super::Query;
use super::expr::{Argument, Expr};

/// A value on the way, and how it lies to the path.
#[derive(Clone, Copy, PartialEq)]
enum Sight {
    /// Nothing of what stands at the path is in it.
    Clear,
    /// It stands so many keys down the path, and holds the rest of it.
    Above(usize),
}

impl Query {
    /// May what stands at `path` of the root, a path of keys, change the value? `false` is a promise,
    /// as long as something stands there or nothing does in both cases.
    ///
    /// Cost: one pass over the expression.
    pub fn may_read(&self, path: &[&str]) -> bool {
        Looking { path }.expr(&self.root, Sight::Above(0)) != Some(Sight::Clear)
    }
}

struct Looking<'p> {
    path: &'p [&'p str],
}

/// `None` where it is read.
impl Looking<'_> {
    fn expr(&self, expr: &Expr, at: Sight) -> Option<Sight> {
        match expr {
            Expr::Current => Some(at),
            Expr::Literal(_) | Expr::LooseLambda | Expr::Empty => Some(Sight::Clear),
            Expr::Fields { of, keys } => {
                let of = self.expr(of, at)?;
                keys.iter().try_fold(of, |of, key| self.key(of, key))
            }
            Expr::Index { of, .. } | Expr::Slice { of, .. } | Expr::Flatten { of } => {
                self.clear(of, at)
            }
            Expr::Project { of, each } | Expr::ProjectValues { of, each } => {
                let element = self.clear(of, at)?;
                self.expr(each, element)
            }
            Expr::Filter {
                of,
                each,
                condition,
            } => {
                let element = self.clear(of, at)?;
                self.expr(condition, element)?;
                self.expr(each, element)
            }
            Expr::Then { first, then } | Expr::Pipe { first, then } => {
                let first = self.expr(first, at)?;
                self.expr(then, first)
            }
            Expr::Compare { left, right, .. } => {
                self.clear(left, at)?;
                self.clear(right, at)
            }
            // What stands at the path is there or not, so that a map above it is empty or not.
            Expr::Or { first, then } | Expr::And { first, then } => {
                match (self.expr(first, at)?, self.expr(then, at)?) {
                    (Sight::Clear, other) | (other, Sight::Clear) => Some(other),
                    (one, other) => (one == other).then_some(one),
                }
            }
            Expr::Not { operand } => self.expr(operand, at).map(|_| Sight::Clear),
            Expr::List(items) => self.all_clear(items.iter(), at),
            Expr::Hash(entries) => self.all_clear(entries.iter().map(|(_, item)| item), at),
            Expr::Call(call) => self.arguments(&call.arguments, at),
            Expr::UnknownCall { arguments, .. } => self.arguments(arguments, at),
        }
    }

    fn key(&self, of: Sight, key: &str) -> Option<Sight> {
        match of {
            Sight::Above(depth) if self.path.get(depth) == Some(&key) => {
                let below = depth + 1;
                (below < self.path.len()).then_some(Sight::Above(below))
            }
            _ => Some(Sight::Clear),
        }
    }

    fn clear(&self, expr: &Expr, at: Sight) -> Option<Sight> {
        self.expr(expr, at).filter(|sight| *sight == Sight::Clear)
    }

    fn all_clear<'e>(&self, mut all: impl Iterator<Item = &'e Expr>, at: Sight) -> Option<Sight> {
        all.try_for_each(|one| self.clear(one, at).map(drop))?;
        Some(Sight::Clear)
    }

    /// A function applies its lambdas to parts of its other arguments.
    fn arguments(&self, arguments: &[Argument], at: Sight) -> Option<Sight> {
        for argument in arguments {
            match argument {
                Argument::Value(value) => self.clear(value, at)?,
                Argument::Lambda(lambda) => self.clear(&lambda.body, Sight::Clear)?,
            };
        }
        Some(Sight::Clear)
    }
}

#[cfg(test)]
mod tests {
    use super::Query;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_expressions_look_at() {
        for (text, reads) in [
            ("request.object.metadata.name",                              false),
            ("request.object.metadata.labels.a || 'x'",                   false),
            ("request.object.spec.containers[?image == 'x'].name | [0]",  false),
            ("request.object.spec.*.a",                                   false),
            ("keys(request.object.metadata.labels)",                      false),
            ("request.object | metadata | name",                          false),
            ("(request.object || request.oldObject).metadata.name",       false),
            ("(request.object.metadata || request.object.metadata).name", false),
            ("(request.object.metadata || `{}`).name",                    false),
            ("!request.object.metadata",                                  false),
            ("map(&a, request.object.spec.list)",                         false),
            ("element.metadata.managed",                                  false),
            ("request.object.metadata.managed",                           true),
            ("request.object.metadata.managed[0].a",                      true),
            ("request.object.metadata",                                   true),
            ("request",                                                   true),
            ("@",                                                         true),
            ("keys(request.object.metadata)",                             true),
            ("request.object.metadata.*",                                 true),
            ("request.object == `null`",                                  true),
            ("[request.object.spec, request.object]",                     true),
            ("{a: request.object.metadata}",                              true),
            ("length(request.object.metadata | keys(@))",                 true),
            ("request.object.metadata | managed",                         true),
            ("map(&to_string(@), [request.object])",                      true),
            ("nothing(request.object)",                                   true),
        ] {
            let query = Query::parse(text).unwrap();
            let path = ["request", "object", "metadata", "managed"];
            assert_eq!(query.may_read(&path), reads, "{text}");
        }
    }
}
