//! Who judges what: made anew whenever a policy, an exception, a binding or what is served changes.
//!
//! Comes in:  the policies in force, the API server's own, and the kinds that are served.
//! Goes out:  a [`Plan`], never changed.
//! Never here: objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_engine::doc::cel::CelException;
use portcullis_engine::doc::{AnyPolicy, Binding, Exception, Policy};
use portcullis_engine::program::Program;

use super::judge::Judge;
use super::known::hash_of;
use super::native::Natives;
use crate::cluster::kinds::{Kinds, Served};
use crate::reports::is_transient;
use crate::snapshot::{Item, Snapshot};

/// The label by which a policy of the API server asks for reports.
const ENABLED: &str = "reports.kyverno.io/enabled";

/// A resource in one version: group, version, plural.
pub(super) type Key = (String, String, String);

/// Everything that the scan of an object needs but the object.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) judges: Vec<Judge>,
    /// By position in `judges`.
    pub(super) kinds: BTreeMap<Key, Kind>,
    /// The expressions that the policies spell out.
    pub(super) program: Arc<Program>,
    pub(super) exceptions: Vec<Arc<Exception>>,
    pub(super) cel_exceptions: Vec<Arc<CelException>>,
    pub(super) bindings: Vec<Arc<Binding>>,
    /// When the next exception ends, in nanoseconds since 1970.
    pub(super) ends: Option<i128>,
}

/// One resource, and those who judge its objects.
#[derive(Clone, Debug)]
pub(super) struct Kind {
    pub(super) served: Served,
    pub(super) judges: Vec<usize>,
}

impl Plan {
    /// The plan at the time `now`, in nanoseconds since 1970.
    pub(super) fn new(snapshot: &Snapshot, natives: &Natives, kinds: &Kinds, now: i128) -> Plan {
        let mut plan = Plan {
            program: snapshot.program.clone(),
            bindings: natives.bindings.clone(),
            ..Plan::default()
        };
        let mut ends = Vec::new();
        let mut counts = |end: Option<i128>| {
            let over = end.is_some_and(|end| end < now);
            ends.extend(end.filter(|_| !over));
            !over
        };
        for item in snapshot.items.iter() {
            match item {
                Item::Exception(exception)
                    if exception.background && counts(exception.expires_at) =>
                {
                    plan.exceptions.push(exception.clone());
                }
                Item::CelException(exception) if counts(exception.expires_at) => {
                    plan.cel_exceptions.push(exception.clone());
                }
                _ => {}
            }
        }
        plan.ends = ends.into_iter().min();
        let own = snapshot.items.iter().filter_map(policy_of);
        let policies: Vec<_> = own
            .chain(natives.policies.iter().filter_map(asking))
            .collect();
        for policy in policies {
            let beside = plan.beside(&policy);
            plan.judges.extend(Judge::of(policy, beside));
        }
        plan.assign(kinds);
        plan
    }

    /// A number for the exceptions and bindings that go with a policy.
    fn beside(&self, policy: &AnyPolicy) -> u64 {
        let mut parts: Vec<String> = Vec::new();
        match policy {
            AnyPolicy::Rules(policy) => {
                let named = self.exceptions.iter().filter(|one| concerns(one, policy));
                parts.extend(named.map(|one| format!("{one:?}")));
            }
            AnyPolicy::Admission(policy) => {
                let own = |binding: &&Arc<Binding>| binding.binds(policy.id.kind, &policy.id.name);
                let bindings = self.bindings.iter().filter(own);
                parts.extend(bindings.map(|one| format!("{one:?}")));
            }
            other => {
                let named = |one: &&Arc<CelException>| one.of(other.id()).is_some();
                let named = self.cel_exceptions.iter().filter(named);
                parts.extend(named.map(|one| format!("{one:?}")));
            }
        }
        hash_of(&parts)
    }

    /// Finds the resources that each judge is about; of several versions the preferred one, if the
    /// judge takes it.
    fn assign(&mut self, kinds: &Kinds) {
        for (index, judge) in self.judges.iter().enumerate() {
            let mut chosen: BTreeMap<(&str, &str), &Served> = BTreeMap::new();
            for served in kinds
                .iter()
                .filter(|served| is_scanned(served) && judge.covers(served))
            {
                let known = chosen
                    .entry((&served.group, &served.plural))
                    .or_insert(served);
                if served.preferred {
                    *known = served;
                }
            }
            for served in chosen.into_values() {
                let key = (
                    served.group.clone(),
                    served.version.clone(),
                    served.plural.clone(),
                );
                let kind = self.kinds.entry(key).or_insert_with(|| Kind {
                    served: served.clone(),
                    judges: Vec::new(),
                });
                kind.judges.push(index);
            }
        }
    }

    /// Would nothing be judged otherwise by the other plan?
    pub(super) fn is_like(&self, other: &Plan) -> bool {
        let judges = |plan: &Plan| -> Vec<(u64, u64)> {
            let judges = plan.judges.iter();
            judges.map(|judge| (judge.id, judge.version)).collect()
        };
        let kinds = |plan: &Plan| -> Vec<(Key, Vec<usize>)> {
            let kinds = plan.kinds.iter();
            kinds
                .map(|(key, kind)| (key.clone(), kind.judges.clone()))
                .collect()
        };
        judges(self) == judges(other) && kinds(self) == kinds(other) && self.ends == other.ends
    }

    /// The judges of a resource.
    pub(super) fn judges_of(&self, key: &Key) -> impl Iterator<Item = &Judge> {
        let positions = self.kinds.get(key).map_or(&[][..], |kind| &kind.judges);
        positions.iter().filter_map(|index| self.judges.get(*index))
    }
}

/// Can its objects be scanned?
fn is_scanned(served: &Served) -> bool {
    served.can("list") && served.can("watch") && !is_transient(&served.group, &served.kind)
}

fn policy_of(item: &Item) -> Option<AnyPolicy> {
    match item {
        Item::Policy(policy) => Some(AnyPolicy::Rules(policy.clone())),
        Item::Validating(policy) => Some(AnyPolicy::Validating(policy.clone())),
        Item::Mutating(policy) => Some(AnyPolicy::Mutating(policy.clone())),
        _ => None,
    }
}

/// A policy of the API server is reported where its author asks for it.
fn asking(policy: &AnyPolicy) -> Option<AnyPolicy> {
    let asked = crate::reports::label(policy, ENABLED) == Some("true");
    asked.then(|| policy.clone())
}

/// Does the exception name any rule of the policy?
fn concerns(exception: &Exception, policy: &Policy) -> bool {
    let mut rules = policy.rules().iter();
    rules.any(|rule| exception.names(policy, &rule.name))
}
