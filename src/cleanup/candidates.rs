//! Which resources a policy may delete objects of.
//!
//! Comes in:  a policy, the table of what is served.
//! Goes out:  resources, each in one version only: an object is one object in all of them.
//! Never here: objects.

use std::collections::BTreeMap;

use portcullis_engine::doc::{AnyPolicy, CleanupPolicy, Constraints};

use crate::cluster::kinds::{Kinds, Served};

/// What is listed for a run of `policy`.
pub(super) fn candidates(policy: &AnyPolicy, kinds: &Kinds) -> Vec<Served> {
    let found = match policy {
        AnyPolicy::Cleanup(policy) => by_selectors(policy, kinds),
        AnyPolicy::Deleting(policy) => match &policy.constraints {
            Some(constraints) => by_constraints(constraints, kinds),
            None => Vec::new(),
        },
        _ => Vec::new(),
    };
    let within = |served: &&Served| !policy.id().kind.is_namespaced() || served.namespaced;
    let deletes = |served: &&Served| served.can("list") && served.can("delete");
    let mut chosen: BTreeMap<(&str, &str), &Served> = BTreeMap::new();
    for served in found.into_iter().filter(within).filter(deletes) {
        let slot = chosen.entry((&served.group, &served.plural));
        let chosen = slot.or_insert(served);
        if served.preferred {
            *chosen = served;
        }
    }
    chosen.into_values().cloned().collect()
}

fn by_selectors<'k>(policy: &CleanupPolicy, kinds: &'k Kinds) -> Vec<&'k Served> {
    let selectors = policy.matches.filters().flat_map(|filter| &filter.kinds);
    let whole = selectors.filter(|selector| selector.subresource.is_empty());
    whole
        .flat_map(|selector| kinds.matching(&selector.group, &selector.version, &selector.kind, ""))
        .filter(|served| served.subresource.is_none())
        .collect()
}

fn by_constraints<'k>(constraints: &Constraints, kinds: &'k Kinds) -> Vec<&'k Served> {
    let fits = |served: &&Served| {
        let mut rules = constraints.rules.iter();
        served.subresource.is_none() && rules.any(|rule| served.is_named_by(rule))
    };
    kinds.iter().filter(fits).collect()
}
