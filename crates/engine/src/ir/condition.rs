//! Condition blocks whose sides are constants or single expressions.

use std::sync::Arc;

use portcullis_lang::jmespath::Query;
use portcullis_lang::operator::{Constant, Operator};

use super::Key;

/// A block: (no `any`, or one of them) and all of `all`.
#[derive(Clone, Debug)]
pub(crate) struct Conditions {
    pub(crate) any: Option<Box<[Arc<Condition>]>>,
    pub(crate) all: Box<[Arc<Condition>]>,
}

/// One `{key, operator, value}`.
#[derive(Debug)]
pub(crate) struct Condition {
    pub(crate) id: Key,
    /// `None` never holds.
    pub(crate) operator: Option<Operator>,
    pub(crate) key: Side,
    pub(crate) value: Side,
}

/// One side of a condition.
#[derive(Debug)]
pub(crate) enum Side {
    Constant(Constant),
    Ask(Arc<Ask>),
}

/// An expression.
#[derive(Debug)]
pub(crate) struct Ask {
    /// As requests that do not delete ask it.
    pub(crate) text: Key,
    pub(crate) query: Query,
    /// As requests that delete ask it, where that is something else.
    pub(crate) on_delete: Option<Query>,
}

impl Ask {
    pub(crate) fn query(&self, deletes: bool) -> &Query {
        match &self.on_delete {
            Some(query) if deletes => query,
            _ => &self.query,
        }
    }
}
