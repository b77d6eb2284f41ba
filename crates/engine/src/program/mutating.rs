//! The policies that change objects of requests, found by kind.

use std::sync::Arc;

use crate::doc::{FailurePolicy, Policy};
use crate::ir::{ByKind, Lowered};

/// Policies with mutate rules, in order.
#[derive(Debug, Default)]
pub(super) struct Mutating {
    policies: Vec<Entry>,
    kinds: ByKind,
}

#[derive(Debug)]
struct Entry {
    policy: Arc<Policy>,
    /// Does it, or one before it, fail closed?
    fails_closed: bool,
}

impl Mutating {
    pub(super) fn of(policies: &[Arc<Lowered>]) -> Mutating {
        let (mut entries, mut routes) = (Vec::new(), Vec::new());
        let mut fails_closed = false;
        for lowered in policies.iter().filter(|it| !it.changes.is_empty()) {
            let policy = Arc::clone(&lowered.policy);
            fails_closed |= policy.settings().failure_policy == FailurePolicy::Fail;
            entries.push(Entry {
                policy,
                fails_closed,
            });
            routes.push(&*lowered.changes);
        }
        Mutating {
            policies: entries,
            kinds: ByKind::new(routes),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// Those that may change objects of a kind, and whether they or any before them fail closed.
    pub(super) fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&Arc<Policy>, bool)> {
        let numbers = self.kinds.of(kind).iter();
        let entries = numbers.filter_map(|index| self.policies.get(*index as usize));
        entries.map(|entry| (&entry.policy, entry.fails_closed))
    }
}
