//! DeletingPolicy and NamespacedDeletingPolicy.

use schemars::JsonSchema;

use super::shared::{ConditionStatus, MatchCondition, MatchResources, Variable};

/// Resources that are deleted from time to time.
#[derive(JsonSchema)]
pub(super) struct DeletingPolicy {
    /// The resources, and when.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Resources of the policy's own namespace that are deleted from time to time.
#[derive(JsonSchema)]
pub(super) struct NamespacedDeletingPolicy {
    /// The resources, and when.
    spec: Spec,
    /// What the gate knows about the policy.
    status: Option<Status>,
}

/// Resources, and when they are deleted.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// When, as cron writes it.
    schedule: String,
    /// The resources.
    match_constraints: Option<MatchResources>,
    /// Expressions that all must be true of a resource.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    conditions: Option<Vec<MatchCondition>>,
    /// Expressions that others name, in order.
    #[schemars(extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["name"]))]
    variables: Option<Vec<Variable>>,
    /// What happens to resources that belong to a deleted one.
    deletion_propagation_policy: Option<Propagation>,
}

#[derive(JsonSchema)]
enum Propagation {
    Foreground,
    Background,
    Orphan,
}

/// What the gate knows about a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether it is in force.
    condition_status: Option<ConditionStatus>,
    /// When it was executed for the last time.
    #[schemars(extend("format" = "date-time"))]
    last_execution_time: Option<String>,
}
