//! MutatingPolicy and NamespacedMutatingPolicy.

use schemars::JsonSchema;

use super::shared::{
    AuditAnnotation, FailurePolicy, MatchCondition, MatchResources, Mode, OffByDefault,
    OnByDefault, PodControllers, Status, Variable, WebhookConfiguration,
};

/// Changes of resources of every namespace, and of none.
#[derive(JsonSchema)]
pub(super) struct MutatingPolicy {
    /// The changes, and what they are about.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Changes of resources of the policy's own namespace.
#[derive(JsonSchema)]
pub(super) struct NamespacedMutatingPolicy {
    /// The changes, and what they are about.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Changes, and what they are about.
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
    /// The changes, in order.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    mutations: Option<Vec<Mutation>>,
    /// Resources that exist and are changed instead of the one in the request.
    target_match_constraints: Option<TargetMatchConstraints>,
    /// Expressions that all must be true of a target.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    target_match_conditions: Option<Vec<MatchCondition>>,
    /// What is added to results.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    audit_annotations: Option<Vec<AuditAnnotation>>,
    /// What happens to a request when the policy cannot be evaluated; `Fail` when not said.
    failure_policy: Option<FailurePolicy>,
    /// Whether the policy is applied again after others; `Never` when not said.
    reinvocation_policy: Option<ReinvocationPolicy>,
    /// How the API server calls the gate about this policy.
    webhook_configuration: Option<WebhookConfiguration>,
    /// Where the policy is applied.
    evaluation: Option<Evaluation>,
    /// What is derived from the policy.
    autogen: Option<Autogen>,
}

/// One change.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Mutation {
    /// Which of the two it is.
    patch_type: PatchType,
    /// A part of the resource that is merged into it.
    apply_configuration: Option<Expression>,
    /// A list of operations on paths (RFC 6902).
    json_patch: Option<Expression>,
}

#[derive(JsonSchema)]
enum PatchType {
    ApplyConfiguration,
    #[serde(rename = "JSONPatch")]
    JsonPatch,
}

/// An expression that gives a patch.
#[derive(JsonSchema)]
struct Expression {
    /// The expression.
    expression: Option<String>,
}

/// Resources that exist: by rules, or by an expression.
#[derive(JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct TargetMatchConstraints {
    #[serde(flatten)]
    rules: MatchResources,
    /// An expression that gives one object, or a list of such.
    expression: Option<String>,
}

#[derive(JsonSchema)]
enum ReinvocationPolicy {
    Never,
    IfNeeded,
}

/// Where a policy is applied.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Evaluation {
    /// What the policy is applied to; `Kubernetes` when not said.
    mode: Option<Mode>,
    /// Whether it is applied to requests.
    admission: Option<OnByDefault>,
    /// Whether it is applied to resources that exist.
    background: Option<OnByDefault>,
    /// Whether resources that exist are changed.
    mutate_existing: Option<OffByDefault>,
    /// Whether requests of the background controller are passed by.
    #[schemars(extend("default" = true))]
    skip_background_requests: Option<bool>,
    /// Whether lists that have no keys are replaced as a whole, and not refused.
    #[schemars(extend("default" = false))]
    use_server_side_apply: Option<bool>,
}

/// What is derived from a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Autogen {
    /// The same for controllers of Pods.
    pod_controllers: Option<PodControllers>,
    /// A MutatingAdmissionPolicy, which the API server itself applies.
    mutating_admission_policy: Option<OffByDefault>,
}
