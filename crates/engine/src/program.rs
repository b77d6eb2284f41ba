//! The program: everything that is in force, compiled from a set of policies and never changed.
//!
//! Comes in:  policies that were read and checked, in any order.
//! Goes out:  [`Program`], shared by all requests until the next one takes its place.
//! Never here: reading text (see `doc`), evaluation (see `decide`).

use std::sync::Arc;

use crate::doc::{Exception, Policy};

/// All policies in force. Immutable: a change makes a new program.
#[derive(Debug, Default)]
pub struct Program {
    policies: Vec<Arc<Policy>>,
    exceptions: Vec<Arc<Exception>>,
}

impl Program {
    /// Compiles `policies`. Their order does not count: they are sorted by kind, namespace and name,
    /// so that two builds of one set are equal.
    pub fn new(policies: impl IntoIterator<Item = Arc<Policy>>) -> Program {
        let mut policies: Vec<_> = policies.into_iter().collect();
        policies.sort_by(|a, b| a.id().cmp(b.id()));
        Program { policies, exceptions: Vec::new() }
    }

    /// The same program with these exceptions.
    #[must_use]
    pub fn with_exceptions(mut self, exceptions: impl IntoIterator<Item = Arc<Exception>>) -> Program {
        self.exceptions = exceptions.into_iter().collect();
        self
    }

    /// The exceptions in force.
    pub fn exceptions(&self) -> &[Arc<Exception>] {
        &self.exceptions
    }

    /// The policies, in order.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// How many rules are in force, those made by autogen included.
    pub fn rules(&self) -> usize {
        self.policies
            .iter()
            .map(|policy| policy.rules().len())
            .sum()
    }
}
