//! ValidatingPolicy and NamespacedValidatingPolicy.

use schemars::JsonSchema;

use super::shared::{
    AuditAnnotation, FailurePolicy, MatchCondition, MatchResources, OffByDefault, OnByDefault,
    PodControllers, Status, Validation, ValidationAction, Variable, WebhookConfiguration,
};

/// Expressions that resources of every namespace, and of none, must meet.
#[derive(JsonSchema)]
pub(super) struct ValidatingPolicy {
    /// The expressions, and what they are about.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Expressions that resources of the policy's own namespace must meet.
#[derive(JsonSchema)]
pub(super) struct NamespacedValidatingPolicy {
    /// The expressions, and what they are about.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Expressions, and what they are about.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// The requests that the policy speaks about.
    match_constraints: Option<MatchResources>,
    /// Expressions that all must be true for the policy to be applied.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    match_conditions: Option<Vec<MatchCondition>>,
    /// Expressions that others name, in order.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    variables: Option<Vec<Variable>>,
    /// Expressions that all must be true for a resource to pass.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    validations: Option<Vec<Validation>>,
    /// What happens to a resource that does not pass; `Deny` when not said.
    #[schemars(extend("x-kubernetes-list-type" = "set"))]
    validation_actions: Option<Vec<ValidationAction>>,
    /// What is added to results.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    audit_annotations: Option<Vec<AuditAnnotation>>,
    /// What happens to a request when the policy cannot be evaluated; `Fail` when not said.
    failure_policy: Option<FailurePolicy>,
    /// How the API server calls the gate about this policy.
    webhook_configuration: Option<WebhookConfiguration>,
    /// Where the policy is applied.
    evaluation: Option<Evaluation>,
    /// What is derived from the policy.
    autogen: Option<Autogen>,
}

/// Where a policy is applied.
#[derive(JsonSchema)]
struct Evaluation {
    /// What the policy is applied to; `Kubernetes` when not said.
    mode: Option<Mode>,
    /// Whether it is applied to requests.
    admission: Option<OnByDefault>,
    /// Whether it is applied to resources that exist.
    background: Option<OnByDefault>,
}

/// What a policy is applied to.
#[derive(JsonSchema)]
enum Mode {
    Kubernetes,
    #[serde(rename = "JSON")]
    Json,
    Envoy,
    #[serde(rename = "HTTP")]
    Http,
}

/// What is derived from a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Autogen {
    /// The same for controllers of Pods.
    pod_controllers: Option<PodControllers>,
    /// A ValidatingAdmissionPolicy, which the API server itself applies.
    validating_admission_policy: Option<OffByDefault>,
}
