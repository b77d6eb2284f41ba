//! The program: everything that is in force, compiled from a set of policies and never changed.
//!
//! Comes in:  policies that were read and checked, in any order.
//! Goes out:  [`Program`], shared by all requests until the next one takes its place.
//! Never here: reading text (see `doc`), evaluation (see `decide`).

use std::sync::Arc;

use portcullis_lang::value::Value;

use crate::context::Queries;
use crate::doc::{Exception, Policy};

/// All policies in force. Immutable: a change makes a new program.
#[derive(Debug, Default)]
pub struct Program {
    policies: Vec<Arc<Policy>>,
    exceptions: Vec<Arc<Exception>>,
    queries: Queries,
}

impl Program {
    /// Compiles `policies`. Their order does not count: they are sorted by kind, namespace and name,
    /// so that two builds of one set are equal.
    pub fn new(policies: impl IntoIterator<Item = Arc<Policy>>) -> Program {
        let mut policies: Vec<_> = policies.into_iter().collect();
        policies.sort_by(|a, b| a.id().cmp(b.id()));
        let mut queries = Queries::default();
        policies
            .iter()
            .for_each(|policy| collect(policy, &mut queries));
        Program {
            policies,
            exceptions: Vec::new(),
            queries,
        }
    }

    /// The same program with these exceptions.
    #[must_use]
    pub fn with_exceptions(
        mut self,
        exceptions: impl IntoIterator<Item = Arc<Exception>>,
    ) -> Program {
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

    /// Every expression that the policies spell out.
    pub fn queries(&self) -> &Queries {
        &self.queries
    }

    /// How many rules are in force, those made by autogen included.
    pub fn rules(&self) -> usize {
        self.policies
            .iter()
            .map(|policy| policy.rules().len())
            .sum()
    }
}

/// Adds every expression of a policy: in `{{ }}`, and bare in `jmesPath` and `list`.
fn collect(policy: &Policy, queries: &mut Queries) {
    for rule in policy.rules() {
        queries.add_document(rule.document.root());
        collect_bare(rule.document.root(), queries);
    }
}

fn collect_bare(value: Value<'_>, queries: &mut Queries) {
    match value {
        Value::List(items) => items.iter().for_each(|item| collect_bare(item, queries)),
        Value::Map(map) => map.iter().for_each(|entry| match entry {
            ("jmesPath" | "list", Value::Str(text)) => queries.add(text),
            (_, item) => collect_bare(item, queries),
        }),
        _ => {}
    }
}
