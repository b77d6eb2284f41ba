//! What ValidatingPolicies are decided by: groups of checks, found by resource.

use std::collections::HashMap;
use std::sync::Arc;

use portcullis_lang::cel::bundle::{Bundle, Bundled};
use portcullis_lang::cel::val::Val;

use super::{Key, Members, Reach};
use crate::doc::Constraints;

/// The plans of all ValidatingPolicies that can change an answer.
#[derive(Debug, Default)]
pub(crate) struct CelPlans {
    pub(crate) groups: Box<[CelGroup]>,
    /// The groups that may speak about a resource, for each that a policy names.
    pub(crate) resources: HashMap<Box<str>, Reach>,
    /// For every other resource.
    pub(crate) other: Reach,
    /// Policies, by their positions, that select namespaces by label.
    pub(crate) selecting: Box<[u32]>,
}

/// Policies that are about the same requests.
#[derive(Debug)]
pub(crate) struct CelGroup {
    pub(crate) constraints: Arc<Constraints>,
    /// Of namespaced policies: they speak about this namespace only.
    pub(crate) namespace: Option<String>,
    pub(crate) parts: Box<[(Arc<CelPart>, Members)]>,
}

/// Classes that are one bundle.
#[derive(Debug)]
pub(crate) struct CelPart {
    /// Of the classes, in order: what a part is built from.
    pub(crate) ids: Box<[Key]>,
    pub(crate) bundle: Bundle,
    pub(crate) classes: Box<[CelClass]>,
    /// Can a class not do without the managed fields of the object?
    pub(crate) whole: bool,
}

/// Policies that check the same.
#[derive(Debug)]
pub(crate) struct CelClass {
    pub(crate) check: CelChecks,
}

/// What a class checks.
#[derive(Debug)]
pub(crate) enum CelChecks {
    /// Programs of the bundle, from `first` on: so many conditions, then so many checks, then so many
    /// annotations.
    Bundled {
        first: u32,
        conditions: u32,
        checks: u32,
        annotations: u32,
    },
    /// For the reference evaluator; why.
    Opaque(&'static str),
}

impl CelPlans {
    /// The groups that may speak about a resource in a namespace.
    pub(crate) fn about(&self, resource: &str, namespace: &str) -> impl Iterator<Item = &CelGroup> {
        let reach = self.resources.get(resource).unwrap_or(&self.other);
        let numbers = reach.within(namespace);
        numbers.filter_map(|index| self.groups.get(index as usize))
    }

    /// Can one of them not do without the managed fields of the object?
    pub(crate) fn needs_whole(&self, resource: &str) -> bool {
        let reach = self.resources.get(resource).unwrap_or(&self.other);
        reach.needs_whole()
    }

    /// Those that may speak about it anywhere.
    pub(crate) fn of<'p>(&'p self, resource: &'p str) -> impl Iterator<Item = &'p CelGroup> {
        let fits = move |entry: &String| {
            let name = entry
                .split_once('/')
                .map_or(entry.as_str(), |(name, _)| name);
            name == "*" || name == resource
        };
        let groups = self.groups.iter();
        groups.filter(move |group| {
            let mut resources = group.constraints.rules.iter().flat_map(|it| &it.resources);
            group.constraints.rules.is_empty() || resources.any(fits)
        })
    }
}

impl CelChecks {
    /// Why it is not lowered, where it is not.
    pub(crate) fn opaque(&self) -> Option<&'static str> {
        match self {
            CelChecks::Opaque(why) => Some(why),
            CelChecks::Bundled { .. } => None,
        }
    }

    /// Are the policies satisfied, as far as can be told?
    pub(crate) fn are_met(&self, bundled: &mut Bundled<'_, '_>) -> bool {
        let CelChecks::Bundled {
            first,
            conditions,
            checks,
            annotations,
        } = *self
        else {
            return false;
        };
        let checks_from = first + conditions;
        let annotations_from = checks_from + checks;
        let mut is = |number: u32| match bundled.value(number as usize) {
            Ok(Val::Bool(flag)) => Some(flag),
            _ => None,
        };
        let mut sure = true;
        for number in first..checks_from {
            match is(number) {
                Some(true) => {}
                // One that is false settles it, whatever the others are.
                Some(false) => return true,
                None => sure = false,
            }
        }
        let mut checks = checks_from..annotations_from;
        let mut annotations = annotations_from..annotations_from + annotations;
        sure && checks.all(|number| is(number) == Some(true))
            && annotations.all(|number| matches!(bundled.value(number as usize), Ok(Val::Str(_))))
    }
}
