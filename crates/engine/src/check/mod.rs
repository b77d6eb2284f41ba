//! Checks of policies that were read: what Kyverno's policy webhook refuses is refused here, with
//! its reasons.
//!
//! Comes in:  a [`Policy`], its rules with their documents.
//! Goes out:  findings in the order in which Kyverno looks, so that the first is the reason that
//!            it gives; each at its place, and all of them.
//! Never here: unknown and mistyped fields (see `doc`), advice on what is allowed (see `lint`).
//!
//! ```text
//! policy ─ variables ─> forbidden sections, user information, references, expressions
//!        ─ policy ────> names, annotations, operations, match and exclude, generate, pod security
//!        ─ each rule ─> kinds, patches, conditions, elements, context, what it does
//! ```

mod background;
mod cleanup;
mod conditions;
mod context;
mod elements;
mod filters;
mod forbidden;
mod generate;
mod json_patch;
mod metadata;
mod mutate;
mod operations;
mod overlap;
mod place;
mod settings;
mod validate;
mod variables;
mod verify_images;
mod wildcards;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Span};

use crate::doc::{Policy, Rule};

pub(crate) use background::exception_senders;
pub use cleanup::check_cleanup;
pub(crate) use conditions::conditions;
pub(crate) use filters::filters;
pub(crate) use place::find;

/// Everything for which Kyverno would refuse `policy`; empty where it accepts it.
pub fn check(policy: &Policy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    background::check(policy, &mut found);
    variables::check(policy, &mut found);
    settings::check(policy, &mut found);
    for site in sites(policy) {
        operations::check(site, &mut found);
        overlap::check(site, &mut found);
        filters::check(site, &mut found);
        mutate::targets(site, &mut found);
        validate::pod_security(site, &mut found);
        generate::check(site, &mut found);
    }
    settings::modes(policy, &mut found);
    for site in sites(policy) {
        wildcards::check(site, &mut found);
        json_patch::check(site, &mut found);
        conditions::check(site, &mut found);
        elements::check(site, &mut found);
        context::check(site, &mut found);
        mutate::check(site, &mut found);
        validate::check(site, &mut found);
        filters::kinds(site, &mut found);
        metadata::check(site, &mut found);
        verify_images::check(site, &mut found);
    }
    found
}

/// What Kyverno's command line refuses beside that: without a cluster it takes every kind for a
/// namespaced one, so what is generated has to name a namespace.
pub fn check_offline(policy: &Policy) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for site in sites(policy) {
        generate::namespaces(site, &mut found);
    }
    found
}

/// One declared rule, and where it stands.
#[derive(Clone, Copy)]
pub(crate) struct Site<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) rule: &'p Rule,
    /// Its place in `spec.rules`.
    pub(crate) index: usize,
}

impl<'p> Site<'p> {
    /// The rule as written.
    pub(crate) fn item(self) -> Item<'p> {
        self.rule.document.item()
    }

    /// The part of the rule at these keys.
    pub(crate) fn part(self, keys: &[&str]) -> Option<Item<'p>> {
        part(self.item(), keys)
    }

    /// How messages name the rule: `spec.rules[0]`.
    pub(crate) fn path(self) -> String {
        format!("spec.rules[{}]", self.index)
    }

    /// The rule's name, or the rule where it has none.
    pub(crate) fn name_span(self) -> Span {
        self.part(&["name"])
            .map_or_else(|| self.item().span(), Item::span)
    }
}

pub(crate) fn sites(policy: &Policy) -> impl Iterator<Item = Site<'_>> {
    let rules = policy.declared().iter().enumerate();
    rules.map(move |(index, rule)| Site {
        policy,
        rule,
        index,
    })
}

/// The part of `item` at these keys; null counts as absent.
pub(crate) fn part<'p>(item: Item<'p>, keys: &[&str]) -> Option<Item<'p>> {
    let found = keys.iter().try_fold(item, |item, key| item.get(key))?;
    (!found.value().is_null()).then_some(found)
}

#[cfg(test)]
mod tests;
