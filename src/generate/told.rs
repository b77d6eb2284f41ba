//! What is told of a duty: events of policies and of what they made.

use k8s_openapi::api::core::v1::ObjectReference;
use portcullis_engine::doc::AnyPolicy;
use portcullis_engine::program::Program;

use super::downstream::Place;
use super::duty::{Duty, What, policy_key};
use super::shop::Shop;
use crate::events::{Action, Event, Reason, policy_reference};

/// The policy of a duty.
pub(super) fn policy(program: &Program, duty: &Duty) -> Option<AnyPolicy> {
    let named = |policy: &AnyPolicy| policy_key(policy.id()) == duty.policy;
    let (rules, makes, changes) = (
        program.policies(),
        program.generating(),
        program.mutating_policies(),
    );
    match duty.what {
        What::Generate | What::Mutate => rules.iter().cloned().map(AnyPolicy::Rules).find(named),
        What::CelGenerate => makes.iter().cloned().map(AnyPolicy::Generating).find(named),
        What::CelMutate => changes.iter().cloned().map(AnyPolicy::Mutating).find(named),
    }
}

/// `policy/rule`, as events name it.
fn named(duty: &Duty) -> String {
    match duty.rule.as_str() {
        "" => duty.policy.clone(),
        rule => format!("{}/{rule}", duty.policy),
    }
}

fn reference(place: &Place) -> ObjectReference {
    let Place {
        api_version,
        kind,
        namespace,
        name,
    } = place.clone();
    ObjectReference {
        api_version: Some(api_version),
        kind: Some(kind),
        namespace: (!namespace.is_empty()).then_some(namespace),
        name: Some(name),
        ..ObjectReference::default()
    }
}

/// An object was made.
pub(super) fn generated(shop: &Shop, program: &Program, duty: &Duty, made: &Place) {
    if !shop.events.is_open() {
        return;
    }
    let note = format!(
        "Created {} {} as a result of applying policy {}",
        made.kind,
        made.name,
        named(duty)
    );
    shop.events.record(Event {
        regarding: reference(made),
        related: None,
        reason: Reason::Applied,
        action: Action::None,
        note,
        source: duty.what.source(),
    });
    applied(
        shop,
        program,
        duty,
        made,
        Action::Generated,
        "resource generated",
    );
}

/// An existing object was changed.
pub(super) fn mutated(shop: &Shop, program: &Program, duty: &Duty, changed: &Place) {
    applied(
        shop,
        program,
        duty,
        changed,
        Action::Mutated,
        "resource mutated",
    );
}

fn applied(shop: &Shop, program: &Program, duty: &Duty, place: &Place, action: Action, note: &str) {
    let Some(policy) = policy(program, duty).filter(|_| shop.events.is_open()) else {
        return;
    };
    shop.events.record(Event {
        regarding: policy_reference(&policy),
        related: Some(reference(place)),
        reason: Reason::Applied,
        action,
        note: note.to_owned(),
        source: duty.what.source(),
    });
}

/// A duty could not be carried out.
pub(super) fn failed(shop: &Shop, program: &Program, duty: &Duty, why: &str) {
    let Some(policy) = policy(program, duty).filter(|_| shop.events.is_open()) else {
        return;
    };
    shop.events.record(Event {
        regarding: policy_reference(&policy),
        related: None,
        reason: Reason::Error,
        action: match duty.what.generates() {
            true => Action::Generated,
            false => Action::Mutated,
        },
        note: format!("policy {} error: {why}", named(duty)),
        source: duty.what.source(),
    });
}
