//! What of a policy counts outside of plans: which kinds it changes, for which it asks for labels.

use crate::doc::{ActionOverride, Body, Filters, KindSelector, Policy};
use crate::ir::Route;

/// Where the rules lead that change the object of a request; empty for a policy without such.
pub(super) fn changes(policy: &Policy) -> Box<[Route]> {
    if !policy.settings().admission {
        return Box::default();
    }
    let rules = policy.rules().iter();
    let changing = rules.filter(|rule| match &rule.body {
        Body::Mutate(mutate) => !mutate.is_existing(),
        _ => false,
    });
    changing.map(|rule| Route::of(&rule.matches)).collect()
}

/// Does a rule make or change other objects than the one that a request is about?
pub(super) fn sets_off(policy: &Policy) -> bool {
    let mut rules = policy.rules().iter();
    rules.any(|rule| match &rule.body {
        Body::Generate(_) => true,
        Body::Mutate(mutate) => mutate.is_existing(),
        _ => false,
    })
}

/// The kinds of every filter that selects namespaces by label. Overrides of an action that do so
/// speak about every kind.
pub(crate) fn label_kinds_of(policy: &Policy) -> Box<[KindSelector]> {
    let mut kinds = Vec::new();
    for rule in policy.rules() {
        kinds.extend(kinds_of(&rule.matches));
        kinds.extend(kinds_of(&rule.excludes));
    }
    let selects =
        |overrides: &[ActionOverride]| overrides.iter().any(|o| o.namespace_selector.is_some());
    let in_rules = policy.rules().iter().any(|rule| match &rule.body {
        Body::Validate(validate) => selects(&validate.overrides),
        _ => false,
    });
    if in_rules || selects(&policy.settings().overrides) {
        kinds.push(KindSelector::parse("*/*"));
    }
    kinds.into()
}

/// The kinds of the filters of one block that select namespaces by label.
pub(crate) fn kinds_of(filters: &Filters) -> Vec<KindSelector> {
    let mut kinds = Vec::new();
    let selecting = filters.filters();
    for filter in selecting.filter(|filter| filter.namespace_selector.is_some()) {
        match filter.kinds.as_slice() {
            [] => kinds.push(KindSelector::parse("*/*")),
            named => kinds.extend_from_slice(named),
        }
    }
    kinds
}
