//! Audit or Enforce: what a rule's failure does in one namespace.

use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::Map;

use crate::doc::{Action, ActionOverride, Body, Policy, Rule};
use crate::reference::matching::fits_labels;

/// Where a resource lives, as far as overrides look at it.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The namespace; empty for cluster-scoped resources.
    pub namespace: &'a str,
    /// The namespace's labels, where they are known.
    pub labels: Option<Map<'a>>,
}

/// The action of `rule`: its own overrides, its own action, the policy's overrides, the policy's action.
pub fn action_of(policy: &Policy, rule: &Rule, place: Place<'_>) -> Action {
    let settings = policy.settings();
    let (own, overrides) = match &rule.body {
        Body::Validate(validate) => (validate.action, validate.overrides.as_slice()),
        Body::VerifyImages(images) => (images.action(), &[][..]),
        _ => (None, &[][..]),
    };
    overridden(overrides, place)
        .or(own)
        .or_else(|| overridden(&settings.overrides, place))
        .unwrap_or(settings.action)
}

/// Could any rule of the policy deny a request in some namespace?
///
/// Policies of this set are answered for in the request; the others are only reported.
pub fn may_enforce(policy: &Policy) -> bool {
    let enforces =
        |overrides: &[ActionOverride]| overrides.iter().any(|o| o.action == Some(Action::Enforce));
    policy.settings().action == Action::Enforce
        || enforces(&policy.settings().overrides)
        || policy.rules().iter().any(|rule| match &rule.body {
            Body::Validate(validate) => {
                validate.action == Some(Action::Enforce) || enforces(&validate.overrides)
            }
            Body::VerifyImages(images) => images.action() == Some(Action::Enforce),
            _ => false,
        })
}

fn overridden(overrides: &[ActionOverride], place: Place<'_>) -> Option<Action> {
    overrides.iter().find_map(|entry| {
        let action = entry.action?;
        let in_namespace = entry.namespaces.is_empty()
            || entry
                .namespaces
                .iter()
                .any(|pattern| wildcard::matches(pattern, place.namespace));
        let selected = entry
            .namespace_selector
            .as_ref()
            .is_none_or(|selector| fits_labels(selector, place.labels.unwrap_or(Map::EMPTY)));
        (in_namespace && selected).then_some(action)
    })
}
