//! Events of the gate: what policies said of requests.
//!
//! A violation is told of the policy, with the resource beside it, and where the request went its way
//! of the resource as well. What an exception let off is told of all three. So is, of policy and
//! resource, what was let pass because a policy could not be asked in time.

use std::sync::Arc;

use k8s_openapi::api::core::v1::ObjectReference;
use portcullis_engine::admit::Phase;
use portcullis_engine::doc::{AnyPolicy, PolicyId};
use portcullis_engine::outcome::{RuleOutcome, Status};

use super::event::policy_reference;
use super::{Action, Event, Reason, Recorder, resource_reference};
use crate::after::{Said, Sink};

const SOURCE: &str = "kyverno-admission";

/// Tells of what policies said.
pub(crate) struct AdmissionEvents(pub(crate) Recorder);

impl Sink for AdmissionEvents {
    fn is_open(&self, _: Phase) -> bool {
        self.0.is_open()
    }

    fn take(&self, said: &Said<'_>) {
        // Who only asks what would happen leaves no trace: the registration promises it.
        if !said.is_dry_run() {
            events(said)
                .into_iter()
                .for_each(|event| self.0.record(event));
        }
    }
}

/// The events of one review.
pub(super) fn events(said: &Said<'_>) -> Vec<Event> {
    let mut told = Told {
        said,
        resource: resource_reference(said.review),
        events: Vec::new(),
    };
    let account = said.account;
    for outcome in &account.outcomes {
        told.policy(
            &AnyPolicy::Rules(Arc::clone(&outcome.policy)),
            &outcome.rules,
        );
    }
    for outcome in &account.cel {
        told.policy(
            &AnyPolicy::Validating(Arc::clone(&outcome.policy)),
            &outcome.rules,
        );
    }
    for outcome in &account.mutating {
        told.policy(
            &AnyPolicy::Mutating(Arc::clone(&outcome.policy)),
            &outcome.rules,
        );
    }
    told.let_pass();
    told.events
}

struct Told<'t> {
    said: &'t Said<'t>,
    resource: ObjectReference,
    events: Vec<Event>,
}

impl Told<'_> {
    fn policy(&mut self, policy: &AnyPolicy, rules: &[RuleOutcome]) {
        let about = policy_reference(policy);
        let failed = |rule: &&RuleOutcome| matches!(rule.status, Status::Fail | Status::Error);
        let skipped = |rule: &&RuleOutcome| rule.status == Status::Skip;
        for rule in rules.iter().filter(|rule| rule.status == Status::Warn) {
            self.undecided(policy.id(), &about, rule);
        }
        if rules.iter().any(|rule| failed(&rule)) {
            for rule in rules.iter().filter(failed) {
                self.violation(policy.id(), &about, rule);
            }
        } else if rules.iter().any(|rule| skipped(&rule)) {
            for rule in rules.iter().filter(skipped) {
                self.exceptions(policy.id(), &about, rule);
            }
        } else if rules.iter().any(|rule| rule.status != Status::Warn) {
            self.applied(&about);
        }
    }

    /// A rule that is not decided to this day, and failed open.
    fn undecided(&mut self, id: &PolicyId, about: &ObjectReference, rule: &RuleOutcome) {
        let (reason, action) = (Reason::Error, Action::Passed);
        let (resource, name) = (named(&self.resource), rule_name(id, &rule.rule));
        let note = format!("{resource}: [{}] not decided; {}", rule.rule, rule.message);
        let beside = Some(self.resource.clone());
        self.tell(about.clone(), beside, reason, action, note);
        let note = format!("policy {name} not decided: {}", rule.message);
        self.tell(self.resource.clone(), None, reason, action, note);
    }

    /// Rules that the answer could not wait for, whatever was found out since. Of those that nobody
    /// could decide since, [`Told::undecided`] tells.
    fn let_pass(&mut self) {
        let Said {
            undecided,
            allowed,
            account,
            ..
        } = self.said;
        if !allowed || undecided.open == 0 {
            return;
        }
        for rule in &undecided.rules {
            if account.undecided.rules.contains(rule) {
                continue;
            }
            let note = format!("let pass undecided: {rule}; failing open");
            let about = self.resource.clone();
            self.tell(about, None, Reason::Error, Action::Passed, note);
        }
    }

    fn violation(&mut self, id: &PolicyId, about: &ObjectReference, rule: &RuleOutcome) {
        let blocked = !self.said.allowed;
        let (resource, status) = (named(&self.resource), rule.status.as_str());
        let mut note = format!("{resource}: [{}] {status}", rule.rule);
        if blocked {
            note.push_str(" (blocked)");
        }
        if !rule.message.is_empty() {
            note.push_str("; ");
            note.push_str(&rule.message);
        }
        let action = if blocked {
            Action::Blocked
        } else {
            Action::Passed
        };
        let resource = Some(self.resource.clone());
        self.tell(about.clone(), resource, Reason::Violation, action, note);
        if !blocked {
            let note = format!(
                "policy {} {status}: {}",
                rule_name(id, &rule.rule),
                rule.message
            );
            let about = self.resource.clone();
            self.tell(about, None, Reason::Violation, Action::Passed, note);
        }
    }

    fn applied(&mut self, about: &ObjectReference) {
        let resource = named(&self.resource);
        let (action, note) = match self.said.phase {
            Phase::Mutate => (
                Action::Mutated,
                format!("{resource} is successfully mutated"),
            ),
            Phase::Validate => (Action::Passed, format!("{resource}: pass")),
        };
        let resource = Some(self.resource.clone());
        self.tell(about.clone(), resource, Reason::Applied, action, note);
    }

    fn exceptions(&mut self, id: &PolicyId, about: &ObjectReference, rule: &RuleOutcome) {
        if rule.exceptions.is_empty() {
            return;
        }
        let (resource, rule_name) = (slashed(&self.resource), rule_name(id, &rule.rule));
        let short = format!("resource {resource} was skipped from policy rule {rule_name}");
        let long = format!(
            "resource {resource} was skipped from rule {rule_name} due to policy exceptions {}",
            rule.exceptions.join(", ")
        );
        let (reason, action) = (Reason::Skipped, Action::Passed);
        let beside = Some(self.resource.clone());
        self.tell(about.clone(), beside.clone(), reason, action, long.clone());
        for exception in &rule.exceptions {
            let exception = exception_reference(id, exception);
            self.tell(exception, beside.clone(), reason, action, short.clone());
        }
        self.tell(self.resource.clone(), None, reason, action, long);
    }

    fn tell(
        &mut self,
        regarding: ObjectReference,
        related: Option<ObjectReference>,
        reason: Reason,
        action: Action,
        note: String,
    ) {
        self.events.push(Event {
            regarding,
            related,
            reason,
            action,
            note,
            source: SOURCE,
        });
    }
}

/// `Kind namespace/name`, or `Kind name`.
pub(super) fn named(resource: &ObjectReference) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (kind, name) = (text(&resource.kind), text(&resource.name));
    match &resource.namespace {
        Some(namespace) => format!("{kind} {namespace}/{name}"),
        None => format!("{kind} {name}"),
    }
}

/// `Kind/namespace/name`, or `Kind/name`.
fn slashed(resource: &ObjectReference) -> String {
    named(resource).replacen(' ', "/", 1)
}

/// `policy/rule`; `namespace/policy/rule` of a policy of a namespace.
pub(super) fn rule_name(id: &PolicyId, rule: &str) -> String {
    let parts = [id.namespace.as_str(), &id.name, rule];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("/")
}

/// An exception that goes by `namespace/name`.
fn exception_reference(policy: &PolicyId, key: &str) -> ObjectReference {
    let (namespace, name) = key.split_once('/').unwrap_or(("default", key));
    let group = match policy.kind.has_rules() {
        true => "kyverno.io/v2",
        false => "policies.kyverno.io/v1",
    };
    ObjectReference {
        api_version: Some(group.to_owned()),
        kind: Some("PolicyException".to_owned()),
        namespace: Some(namespace.to_owned()),
        name: Some(name.to_owned()),
        ..ObjectReference::default()
    }
}
