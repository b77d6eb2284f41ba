//! What policies said, as Kyverno's metrics label it: of requests, and of what exists.
//!
//! Comes in:  a policy, what its rules said, and why it was asked.
//! Goes out:  counted results.
//! Never here: policies of the API server; Kyverno counts none of those.

use portcullis_engine::doc::{AnyPolicy, Policy, PolicyId, ValidationAction};
use portcullis_engine::outcome::{RuleOutcome, RuleType};
use portcullis_engine::verdict::may_enforce;

use super::kyverno::{
    CelResultLabels, KyvernoMetrics, ResultLabels, policy_namespace, policy_type,
};

/// Why a policy was asked, and about what.
pub(crate) struct Asked<'a> {
    /// `admission_request` or `background_scan`.
    pub(crate) cause: &'static str,
    /// `create`, `update`, `delete`, `connect`.
    pub(crate) operation: &'static str,
    /// The kind of the object.
    pub(crate) kind: &'a str,
    /// Where the object is; empty for those in no namespace.
    pub(crate) namespace: &'a str,
    /// Was it only asked what would happen?
    pub(crate) dry_run: bool,
}

/// Counts what the rules of a policy said.
pub(crate) fn count(
    metrics: &KyvernoMetrics,
    asked: &Asked<'_>,
    policy: &AnyPolicy,
    rules: &[RuleOutcome],
) {
    if !metrics.counts(asked.namespace) {
        return;
    }
    for rule in rules {
        match policy {
            AnyPolicy::Rules(policy) => metrics.result(of_rule(asked, policy, rule)),
            AnyPolicy::Validating(policy) => {
                let enforces = policy.actions.contains(&ValidationAction::Deny);
                let labels = of_cel(asked, &policy.id, enforces, policy.background, rule);
                metrics.validating(labels);
            }
            AnyPolicy::Mutating(policy) => {
                metrics.mutating(of_cel(asked, &policy.id, true, policy.background, rule));
            }
            _ => {}
        }
    }
}

fn of_rule(asked: &Asked<'_>, policy: &Policy, rule: &RuleOutcome) -> ResultLabels {
    let id = policy.id();
    ResultLabels {
        policy_validation_mode: mode(may_enforce(policy)),
        policy_type: policy_type(&id.namespace),
        policy_background_mode: truth(policy.settings().background),
        policy_namespace: policy_namespace(&id.namespace),
        policy_name: id.name.clone(),
        resource_kind: asked.kind.to_owned(),
        resource_request_operation: asked.operation,
        rule_name: rule.rule.clone(),
        rule_result: rule.status.as_str(),
        rule_type: match rule.kind {
            RuleType::Validation => "validate",
            RuleType::Mutation => "mutate",
            RuleType::Generation => "generate",
            RuleType::ImageVerify => "imageVerify",
            RuleType::Deletion => "delete",
        },
        rule_execution_cause: asked.cause,
        dry_run: truth(asked.dry_run),
    }
}

fn of_cel(
    asked: &Asked<'_>,
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
        resource_kind: asked.kind.to_owned(),
        resource_request_operation: asked.operation,
        execution_cause: asked.cause,
        result: rule.status.as_str(),
    }
}

fn mode(enforces: bool) -> &'static str {
    if enforces { "enforce" } else { "audit" }
}

fn truth(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}
