//! What the policies of a program state together, beside what they decide by.
//!
//! Comes in:  lowered policies, in order; those of the program before, and what these stated.
//! Goes out:  [`Stated`], of which a change renews only what the changed policies have a part in.
//! Never here: plans (see `compile`).

use std::sync::Arc;

use super::mutating::Mutating;
use crate::context::Queries;
use crate::doc::KindSelector;
use crate::ir::Lowered;
use crate::same::differing;

/// All of it. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    /// Every expression that they spell out.
    pub(super) queries: Arc<Queries>,
    /// Those that change objects of requests.
    pub(super) mutating: Arc<Mutating>,
    /// Kinds for which they look at the labels of namespaces, sorted.
    pub(super) label_kinds: Arc<[KindSelector]>,
    /// How many rules there are.
    pub(super) rules: usize,
    /// How many policies make or change other objects than the one that a request is about.
    set_off: usize,
}

impl Stated {
    /// `before`: other policies, and what they stated.
    pub(super) fn of(
        policies: &[Arc<Lowered>],
        (before, stated): (&[Arc<Lowered>], &Stated),
    ) -> Stated {
        let (from, gone_to, new_to) = differing(before, policies, Arc::ptr_eq);
        let gone = before.get(from..gone_to).unwrap_or_default();
        let new = policies.get(from..new_to).unwrap_or_default();
        let changed = || gone.iter().chain(new);
        let count = |policies: &[Arc<Lowered>], of: fn(&Lowered) -> usize| -> usize {
            policies.iter().map(|policy| of(policy)).sum()
        };
        let sum = |before: usize, of| before + count(new, of) - count(gone, of);
        Stated {
            queries: match queries(gone).has_same_texts(&queries(new)) {
                true => Arc::clone(&stated.queries),
                false => Arc::new(queries(policies)),
            },
            mutating: match changed().all(|policy| policy.changes.is_empty()) {
                true => Arc::clone(&stated.mutating),
                false => Arc::new(Mutating::of(policies)),
            },
            label_kinds: match changed().all(|policy| policy.label_kinds.is_empty()) {
                true => Arc::clone(&stated.label_kinds),
                false => label_kinds(policies),
            },
            rules: sum(stated.rules, |policy| policy.rules.len()),
            set_off: sum(stated.set_off, |policy| usize::from(policy.sets_off)),
        }
    }

    /// Does any of them make or change other objects than the one that a request is about?
    pub(super) fn sets_off(&self) -> bool {
        self.set_off > 0
    }
}

fn queries(policies: &[Arc<Lowered>]) -> Queries {
    let mut queries = Queries::default();
    let all = policies.iter().map(|policy| &policy.queries);
    all.for_each(|of| queries.merge(of));
    queries
}

fn label_kinds(policies: &[Arc<Lowered>]) -> Arc<[KindSelector]> {
    let kinds = policies.iter().flat_map(|policy| &policy.label_kinds);
    let mut kinds: Vec<_> = kinds.cloned().collect();
    kinds.sort_by(|a, b| a.text.cmp(&b.text));
    kinds.dedup();
    kinds.into()
}
