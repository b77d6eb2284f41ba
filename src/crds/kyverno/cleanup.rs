//! CleanupPolicy and ClusterCleanupPolicy.

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::context::ContextEntry;
use super::matching::AnyAllResources;
use crate::crds::shared::Condition;

/// Resources of its namespace that are deleted from time to time.
#[derive(JsonSchema)]
pub(super) struct CleanupPolicy {
    /// The resources, and when.
    spec: Spec,
    /// What was done.
    status: Option<Status>,
}

/// Resources that are deleted from time to time.
#[derive(JsonSchema)]
pub(super) struct ClusterCleanupPolicy {
    /// The resources, and when.
    spec: Spec,
    /// What was done.
    status: Option<Status>,
}

/// Resources, and when they are deleted.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// When, as cron writes it.
    schedule: String,
    /// Values that are looked up.
    context: Option<Vec<ContextEntry>>,
    /// The resources.
    r#match: AnyAllResources,
    /// Resources among them that stay.
    exclude: Option<AnyAllResources>,
    /// Conditions that a resource must meet.
    conditions: Option<AnyAllConditions>,
    /// What happens to resources that belong to a deleted one.
    deletion_propagation_policy: Option<Propagation>,
}

#[derive(JsonSchema)]
enum Propagation {
    Foreground,
    Background,
    Orphan,
}

/// What was done.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Status {
    /// Whether the policy is in force.
    conditions: Option<Vec<Condition>>,
    /// When it was executed for the last time.
    #[schemars(extend("format" = "date-time"))]
    last_execution_time: Option<String>,
}
