//! From outcomes to what the API server is told.
//!
//! Comes in:  the outcomes of one review.
//! Goes out:  [`Verdict`]: allowed or not, the message, the warnings; and its response bytes.
//! Never here: how an outcome came about.

mod action;
mod cel;
mod response;

use bumpalo::Bump;
use portcullis_lang::value::{Value, object, yaml};

pub use action::{Place, action_of, may_enforce};
pub use cel::conclude_cel;
pub use response::write_response;

use crate::doc::{Action, FailurePolicy, Policy};
use crate::outcome::{PolicyOutcome, RuleOutcome, Status};
use crate::review::Review;

/// What the API server is told.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Why the request is denied; `None` lets it pass.
    pub denial: Option<String>,
    /// Shown to the client of a request that passes.
    pub warnings: Vec<String>,
    /// What is to be changed about the object: a JSON patch. `None` leaves it as it is.
    pub patch: Option<String>,
    /// It would have been denied, were not everything only audited.
    pub spared: bool,
    /// `policy/rule: reason` of each rule that found no outcome: for the audit log.
    pub undecided: Vec<String>,
}

impl Verdict {
    /// Does the request pass?
    pub fn allowed(&self) -> bool {
        self.denial.is_none()
    }
}

/// Draws the conclusion of a validating review.
///
/// A request is denied where a rule failed whose action is Enforce, or where a rule of an enforcing
/// policy could not be evaluated and a policy that spoke says `failurePolicy: Fail`. Nothing is
/// allocated where every rule passed.
///
/// `others_fail_closed`: did such a policy speak whose outcomes are not among these, because it is
/// satisfied?
///
/// `audits`: nothing is denied; what would have been is a warning.
pub fn conclude(
    outcomes: &[PolicyOutcome],
    others_fail_closed: bool,
    audits: bool,
    review: &Review<'_>,
) -> Verdict {
    let place = Place {
        namespace: review.namespace,
        labels: review.namespace_labels,
    };
    let enforcing = || {
        outcomes
            .iter()
            .filter(|outcome| may_enforce(&outcome.policy))
    };
    let fails_closed = others_fail_closed
        || enforcing()
            .any(|outcome| outcome.policy.settings().failure_policy == FailurePolicy::Fail);
    let denies = enforcing().any(|outcome| {
        outcome.rules.iter().any(|rule| match rule.status {
            Status::Error => fails_closed,
            Status::Fail => rule_action(&outcome.policy, rule, place) == Action::Enforce,
            _ => false,
        })
    });
    if denies && !audits {
        return Verdict {
            denial: Some(denial(enforcing(), review)),
            ..Verdict::default()
        };
    }
    let mut warnings = Vec::new();
    for outcome in outcomes {
        if !may_enforce(&outcome.policy) && !outcome.policy.settings().emit_warning {
            continue;
        }
        for rule in outcome
            .rules
            .iter()
            .filter(|rule| is_noteworthy(rule.status))
        {
            warnings.push(format!(
                "policy {}.{}: {}",
                outcome.policy.name(),
                rule.rule,
                rule.message
            ));
        }
    }
    Verdict {
        warnings,
        spared: denies,
        ..Verdict::default()
    }
}

fn is_noteworthy(status: Status) -> bool {
    matches!(status, Status::Fail | Status::Error | Status::Warn)
}

fn rule_action(policy: &Policy, outcome: &RuleOutcome, place: Place<'_>) -> Action {
    match policy.rules().iter().find(|rule| rule.name == outcome.rule) {
        Some(rule) => action_of(policy, rule, place),
        None => policy.settings().action,
    }
}

/// Names the resource and lists every rule that was not satisfied, as YAML of policy, rule, message.
fn denial<'o>(outcomes: impl Iterator<Item = &'o PolicyOutcome>, review: &Review<'_>) -> String {
    let bump = Bump::new();
    let policies = outcomes.filter_map(|outcome| {
        let rules = outcome
            .rules
            .iter()
            .filter(|rule| is_noteworthy(rule.status));
        let rules: Vec<_> = rules
            .map(|rule| (rule.rule.as_str(), Value::Str(&rule.message)))
            .collect();
        (!rules.is_empty()).then(|| (outcome.policy.name(), object(&bump, rules)))
    });
    let list = yaml::write(object(&bump, policies));
    let (namespace, name) = (review.namespace, review.name());
    // Of a subresource: what was sent, a `Scale`.
    let kind = match review.resource().text("kind") {
        "" => review.kind.kind,
        sent => sent,
    };
    format!(
        "\n\nresource {kind}/{namespace}/{name} was blocked due to the following policies \n\n{list}"
    )
}
