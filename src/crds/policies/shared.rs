//! What the kinds of policies have in common.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::crds::shared::{Condition, LabelSelector, Object};

/// The requests that a policy speaks about.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct MatchResources {
    /// Labels that the resource's namespace must have.
    namespace_selector: Option<LabelSelector>,
    /// Labels that the resource must have.
    object_selector: Option<LabelSelector>,
    /// Rules of which one must fit.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    resource_rules: Option<Vec<NamedRule>>,
    /// Rules of which none may fit.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    exclude_resource_rules: Option<Vec<NamedRule>>,
    /// Whether other versions of the same resource are meant as well: `Exact` or `Equivalent`.
    match_policy: Option<String>,
}

/// Resources and operations. `*` means all.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct NamedRule {
    /// Names of resources; every one when not said.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    resource_names: Option<Vec<String>>,
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT` or `*`.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    operations: Option<Vec<String>>,
    /// API groups; `""` is the core group.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    api_groups: Option<Vec<String>>,
    /// API versions.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    api_versions: Option<Vec<String>>,
    /// Plural names, with a subresource behind `/`.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    resources: Option<Vec<String>>,
    /// `Cluster`, `Namespaced` or `*`.
    scope: Option<String>,
}

/// An expression with a name that must be true.
#[derive(JsonSchema)]
pub(super) struct MatchCondition {
    /// What errors call it.
    name: String,
    /// The expression, of type bool.
    expression: String,
}

/// An expression that others name as `variables.NAME`.
#[derive(JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct Variable {
    /// Its name.
    name: String,
    /// The expression.
    expression: String,
}

/// An expression that must be true for a resource to pass.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Validation {
    /// The expression, of type bool.
    expression: String,
    /// What users are told when it is false.
    message: Option<String>,
    /// An expression, of type string, that gives that text.
    message_expression: Option<String>,
    /// Why a request is refused, in one word for programs.
    reason: Option<String>,
}

/// What is added to results.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct AuditAnnotation {
    /// Its name.
    key: String,
    /// An expression that gives its value, or null for none.
    value_expression: String,
}

/// What happens to a resource that does not pass.
#[derive(JsonSchema)]
pub(super) enum ValidationAction {
    Deny,
    Audit,
    Warn,
}

/// What happens to a request when a policy cannot be evaluated.
#[derive(JsonSchema)]
pub(super) enum FailurePolicy {
    Ignore,
    Fail,
}

/// How the API server calls the gate about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookConfiguration {
    /// How long the API server waits for an answer, in seconds; 10 when not said.
    #[schemars(range(min = 1, max = 30))]
    timeout_seconds: Option<i32>,
}

/// A part that is on unless it is switched off.
#[derive(JsonSchema)]
pub(super) struct OnByDefault {
    /// Whether it is on.
    #[schemars(extend("default" = true))]
    enabled: Option<bool>,
}

/// A part that is off unless it is switched on.
#[derive(JsonSchema)]
pub(super) struct OffByDefault {
    /// Whether it is on.
    #[schemars(extend("default" = false))]
    enabled: Option<bool>,
}

/// Controllers whose Pods the policy speaks about as well.
#[derive(JsonSchema)]
pub(super) struct PodControllers {
    /// Their plural names; every one that is known when not said, none when empty.
    controllers: Option<Vec<String>>,
}

/// What a policy is applied to.
#[derive(JsonSchema)]
pub(super) enum Mode {
    Kubernetes,
    #[serde(rename = "JSON")]
    Json,
}

/// What the gate knows about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Status {
    /// Whether it is in force.
    condition_status: Option<ConditionStatus>,
    /// Policies that are derived from it.
    autogen: Option<AutogenStatus>,
    /// Whether the API server itself applies it.
    generated: Option<bool>,
}

/// Policies that are derived from the written one.
#[derive(JsonSchema)]
pub(super) struct AutogenStatus {
    /// By the name of the group of controllers.
    configs: Option<BTreeMap<String, AutogenConfig>>,
}

/// A derived policy.
#[derive(JsonSchema)]
struct AutogenConfig {
    /// The resources that it speaks about.
    targets: Option<Vec<Target>>,
    /// The policy's spec, as if it had been written.
    spec: Option<Object>,
}

/// A resource that a derived policy speaks about.
#[derive(JsonSchema)]
struct Target {
    /// Its group.
    group: Option<String>,
    /// Its version.
    version: Option<String>,
    /// Its plural name.
    resource: Option<String>,
    /// Its kind.
    kind: Option<String>,
}

/// Whether a policy is in force.
#[derive(JsonSchema)]
pub(super) struct ConditionStatus {
    /// Whether every condition holds.
    ready: Option<bool>,
    /// Each part of being in force.
    conditions: Option<Vec<Condition>>,
    /// Why the policy is not in force.
    message: Option<String>,
}
