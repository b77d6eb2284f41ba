//! The account of an evaluation: which step looked at what, and how it came out.
//!
//! Comes in:  notes that the reference evaluator makes on its way, where somebody listens.
//! Goes out:  [`Step`]s in order, each with its place in the policy.
//! Never here: anything that changes an outcome.
//!
//! An evaluation without a listener makes no note: the texts are closures that are never called.

use std::cell::{Cell, RefCell};

use portcullis_lang::value::Span;

/// One step of an evaluation.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// How many steps this one is part of.
    pub depth: usize,
    /// `rule`, `match`, `exclude`, `condition`, `variable`, `pattern`, `element`, `outcome`, ...
    pub what: &'static str,
    /// What was looked at, with its values.
    pub text: String,
    /// Did it hold? `None` where that is no question.
    pub holds: Option<bool>,
    /// Where it stands in the policy; empty where it stands nowhere.
    pub at: Span,
}

/// Collects the steps of one evaluation.
#[derive(Debug, Default)]
pub struct Trace {
    steps: RefCell<Vec<Step>>,
    depth: Cell<usize>,
}

impl Trace {
    /// Everything noted so far; leaves nothing behind.
    pub fn take(&self) -> Vec<Step> {
        self.steps.take()
    }

    /// Notes a step.
    pub(crate) fn note(&self, what: &'static str, at: Span, holds: Option<bool>, text: String) {
        let depth = self.depth.get();
        self.steps.borrow_mut().push(Step {
            depth,
            what,
            text,
            holds,
            at,
        });
    }

    /// What is noted from now on is part of the last step, until [`Trace::leave`].
    pub(crate) fn enter(&self) {
        self.depth.set(self.depth.get() + 1);
    }

    /// The opposite of [`Trace::enter`].
    pub(crate) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}
