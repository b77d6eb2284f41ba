//! GeneratingPolicy and NamespacedGeneratingPolicy.

use schemars::JsonSchema;

use super::shared::{
    AuditAnnotation, ConditionStatus, MatchCondition, MatchResources, OffByDefault, OnByDefault,
    Variable, WebhookConfiguration,
};

/// Resources that are made because of others.
#[derive(JsonSchema)]
pub(super) struct GeneratingPolicy {
    /// The resources, and what they are made for.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Resources that are made, in the policy's own namespace, because of others there.
#[derive(JsonSchema)]
pub(super) struct NamespacedGeneratingPolicy {
    /// The resources, and what they are made for.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Resources, and what they are made for.
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
    /// What is made, in order.
    #[schemars(length(min = 1))]
    generate: Vec<Generation>,
    /// Whether resources are written by server-side apply.
    use_server_side_apply: Option<bool>,
    /// What is added to results.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    audit_annotations: Option<Vec<AuditAnnotation>>,
    /// How the API server calls the gate about this policy.
    webhook_configuration: Option<WebhookConfiguration>,
    /// When the policy is applied.
    evaluation: Option<Evaluation>,
}

/// What is made: one of the two.
#[derive(JsonSchema)]
struct Generation {
    /// An expression that calls `generator.apply`.
    expression: Option<String>,
    /// Manifests, written out.
    template: Option<Template>,
}

/// Manifests, written out.
#[derive(JsonSchema)]
struct Template {
    /// YAML documents.
    value: Option<String>,
    /// Whether `(( expression ))` in values is evaluated; `none` when not said.
    interpolate: Option<Interpolation>,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Interpolation {
    None,
    Cel,
}

/// When a policy is applied.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    /// Whether it is applied to requests.
    admission: Option<OnByDefault>,
    /// Whether it is applied to triggers that exist when the policy changes.
    generate_existing: Option<OffByDefault>,
    /// Whether made resources follow their source, and go with their trigger.
    synchronize: Option<OffByDefault>,
    /// Whether made resources stay when the policy goes.
    orphan_downstream_on_policy_delete: Option<OffByDefault>,
    /// Whether requests of the background controller are passed by.
    #[schemars(extend("default" = true))]
    skip_background_requests: Option<bool>,
}

/// What the gate knows about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether it is in force.
    condition_status: Option<ConditionStatus>,
}
