//! Events of scans: what is wrong with an object that nobody is asking about.

use portcullis_engine::doc::AnyPolicy;
use portcullis_lang::value::Value;

use super::admission::{named, rule_name};
use super::event::{Action, Event, Reason, policy_reference, reference_of};

const SOURCE: &str = "kyverno-scan";

/// What one rule found wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'o> {
    /// Empty where the policy has no rules.
    pub(crate) rule: &'o str,
    /// `fail` or `error`.
    pub(crate) status: &'o str,
    /// In words.
    pub(crate) message: &'o str,
}

/// Of each outcome one event of the policy and one of the object.
pub(crate) fn scanned(
    policy: &AnyPolicy,
    outcomes: &[Outcome<'_>],
    object: Value<'_>,
) -> Vec<Event> {
    let (about, resource) = (policy_reference(policy), reference_of(object));
    let mut events = Vec::new();
    for Outcome {
        rule,
        status,
        message,
    } in outcomes
    {
        let event = |regarding, related, note| Event {
            regarding,
            related,
            reason: Reason::Violation,
            action: Action::Passed,
            note,
            source: SOURCE,
        };
        let mut note = format!("{}: [{rule}] {status}", named(&resource));
        if !message.is_empty() {
            note.push_str("; ");
            note.push_str(message);
        }
        events.push(event(about.clone(), Some(resource.clone()), note));
        let note = format!(
            "policy {} {status}: {message}",
            rule_name(policy.id(), rule)
        );
        events.push(event(resource.clone(), None, note));
    }
    events
}
