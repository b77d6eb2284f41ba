//! What policies said of reviews, counted under Kyverno's names.
//!
//! It opens nothing: results are counted while something follows from them. To evaluate every review
//! once more for the sake of a counter would not be worth it.

use std::sync::Arc;

use portcullis_engine::admit::Phase;
use portcullis_engine::doc::{Policy, PolicyId, ValidationAction};
use portcullis_engine::outcome::{RuleOutcome, RuleType};
use portcullis_engine::review::Operation;
use portcullis_engine::verdict::may_enforce;

use super::{Said, Sink};
use crate::observe::kyverno::{CelResultLabels, ResultLabels, policy_namespace, policy_type};
use crate::observe::metrics::Metrics;

/// Counts what policies said.
pub(crate) struct Results(pub(crate) Arc<Metrics>);

impl Sink for Results {
    fn is_open(&self, _: Phase) -> bool {
        false
    }

    fn take(&self, said: &Said<'_>) {
        for outcome in &said.account.outcomes {
            for rule in &outcome.rules {
                let labels = of_rule(said, &outcome.policy, rule);
                self.0.kyverno.result(&labels);
            }
        }
        for outcome in &said.account.cel {
            let policy = &outcome.policy;
            let enforces = policy.actions.contains(&ValidationAction::Deny);
            for rule in &outcome.rules {
                let labels = of_cel(said, &policy.id, enforces, policy.background, rule);
                self.0.kyverno.validating(&labels);
            }
        }
        for outcome in &said.account.mutating {
            let policy = &outcome.policy;
            for rule in &outcome.rules {
                let labels = of_cel(said, &policy.id, true, policy.background, rule);
                self.0.kyverno.mutating(&labels);
            }
        }
    }
}

fn of_rule(said: &Said<'_>, policy: &Policy, rule: &RuleOutcome) -> ResultLabels {
    let id = policy.id();
    ResultLabels {
        policy_validation_mode: mode(may_enforce(policy)),
        policy_type: policy_type(&id.namespace),
        policy_background_mode: truth(policy.settings().background),
        policy_namespace: policy_namespace(&id.namespace),
        policy_name: id.name.clone(),
        resource_kind: said.review.kind.kind.to_owned(),
        resource_request_operation: operation(said.review.operation),
        rule_name: rule.rule.clone(),
        rule_result: rule.status.as_str(),
        rule_type: match rule.kind {
            RuleType::Validation => "validate",
            RuleType::Mutation => "mutate",
            RuleType::Generation => "generate",
            RuleType::ImageVerify => "imageVerify",
            RuleType::Deletion => "delete",
        },
        rule_execution_cause: "admission_request",
        dry_run: truth(said.is_dry_run()),
    }
}

fn of_cel(
    said: &Said<'_>,
    id: &PolicyId,
    enforces: bool,
    background: bool,
    rule: &RuleOutcome,
) -> CelResultLabels {
    CelResultLabels {
        policy_validation_mode: mode(enforces),
        policy_background_mode: truth(background),
        policy_name: id.name.clone(),
        policy_namespace: policy_namespace(&id.namespace),
        resource_kind: said.review.kind.kind.to_owned(),
        resource_request_operation: operation(said.review.operation),
        execution_cause: "admission_request",
        result: rule.status.as_str(),
    }
}

fn mode(enforces: bool) -> &'static str {
    if enforces { "enforce" } else { "audit" }
}

fn truth(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

fn operation(operation: Operation) -> &'static str {
    match operation {
        Operation::Create => "create",
        Operation::Update => "update",
        Operation::Delete => "delete",
        Operation::Connect => "connect",
    }
}
