//! ClusterPolicy and Policy.

use schemars::JsonSchema;

use super::rule::Rule;
use super::validate::{Action, ActionOverride, MatchCondition};
use crate::crds::shared::{Condition, Object};

/// Rules for resources of every namespace, and of none.
#[derive(JsonSchema)]
pub(super) struct ClusterPolicy {
    /// The rules, and how they are applied.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Rules for resources of the policy's own namespace.
#[derive(JsonSchema)]
pub(super) struct Policy {
    /// The rules, and how they are applied.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Rules, and how they are applied.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// The rules, in the order in which they are applied.
    rules: Option<Vec<Rule>>,
    /// Whether every rule is applied to a resource, or none after the first that passes or fails.
    /// `All` when not said.
    apply_rules: Option<ApplyRules>,
    /// What happens to a request when the policy cannot be evaluated. Deprecated: use
    /// `webhookConfiguration.failurePolicy`.
    failure_policy: Option<FailurePolicy>,
    /// Whether a resource that breaks a rule is refused. Deprecated: use `failureAction` of each rule.
    #[schemars(extend("default" = "Audit"))]
    validation_failure_action: Option<Action>,
    /// Other actions for some namespaces. Deprecated: use `failureActionOverrides` of each rule.
    validation_failure_action_overrides: Option<Vec<ActionOverride>>,
    /// Whether users are warned about what is broken and not refused.
    #[schemars(extend("default" = false))]
    emit_warning: Option<bool>,
    /// Whether the policy is applied to requests.
    #[schemars(extend("default" = true))]
    admission: Option<bool>,
    /// Whether the policy is applied to resources that exist.
    #[schemars(extend("default" = true))]
    background: Option<bool>,
    /// Without effect. Deprecated.
    schema_validation: Option<bool>,
    /// How long the API server waits for an answer, in seconds, 1 to 30. Deprecated: use
    /// `webhookConfiguration.timeoutSeconds`.
    webhook_timeout_seconds: Option<i32>,
    /// Whether mutate rules with targets are applied when the policy changes. Deprecated: use
    /// `mutateExistingOnPolicyUpdate` of each rule.
    mutate_existing_on_policy_update: Option<bool>,
    /// Deprecated: use `generateExisting`.
    generate_existing_on_policy_update: Option<bool>,
    /// Whether generate rules are applied to triggers that exist. Deprecated: use `generateExisting`
    /// of each rule.
    generate_existing: Option<bool>,
    /// Whether generated resources are written by server-side apply.
    use_server_side_apply: Option<bool>,
    /// How the API server calls the gate about this policy.
    webhook_configuration: Option<WebhookConfiguration>,
}

/// How many rules are applied.
#[derive(JsonSchema)]
enum ApplyRules {
    All,
    One,
}

/// What happens when the policy cannot be evaluated.
#[derive(JsonSchema)]
enum FailurePolicy {
    Ignore,
    Fail,
}

/// How the API server calls the gate about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct WebhookConfiguration {
    /// What happens to a request when the policy cannot be evaluated, or the gate does not answer:
    /// `Fail` when not said.
    failure_policy: Option<FailurePolicy>,
    /// How long the API server waits for an answer, in seconds, 1 to 30; 10 when not said.
    timeout_seconds: Option<i32>,
    /// CEL expressions that all must be true for the API server to ask at all.
    match_conditions: Option<Vec<MatchCondition>>,
}

/// What the gate knows about a policy.
#[derive(JsonSchema)]
struct Status {
    /// Whether the policy is in force. Deprecated: use the condition `Ready`.
    ready: Option<bool>,
    /// `Ready`: whether the policy is in force, and why not.
    conditions: Option<Vec<Condition>>,
    /// Rules that were derived from the written ones.
    autogen: Option<Autogen>,
    /// How many rules there are of each kind.
    rulecount: Option<RuleCount>,
    /// Whether the API server itself applies the policy.
    validatingadmissionpolicy: Option<NativePolicy>,
}

/// Rules that were derived from the written ones.
#[derive(JsonSchema)]
struct Autogen {
    /// The rules, as if they had been written.
    rules: Option<Vec<Object>>,
}

/// How many rules there are of each kind, the derived ones included.
#[derive(JsonSchema)]
struct RuleCount {
    /// Rules that validate.
    validate: i32,
    /// Rules that generate.
    generate: i32,
    /// Rules that mutate.
    mutate: i32,
    /// Rules that verify images.
    verifyimages: i32,
}

/// Whether the API server itself applies the policy.
#[derive(JsonSchema)]
struct NativePolicy {
    /// Whether a ValidatingAdmissionPolicy was made of it.
    generated: bool,
    /// Why not.
    message: String,
}
