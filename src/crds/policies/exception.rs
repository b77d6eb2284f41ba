//! PolicyException for policies written in CEL.

use schemars::JsonSchema;

use super::shared::MatchCondition;
use crate::crds::shared::Object;

/// Resources that some policies do not speak about.
#[derive(JsonSchema)]
pub(super) struct PolicyException {
    /// The resources and the policies.
    spec: Spec,
}

/// Policies, and resources that they pass by.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// The policies.
    #[schemars(length(min = 1))]
    policy_refs: Vec<PolicyRef>,
    /// Expressions that all must be true of a request.
    match_conditions: Option<Vec<MatchCondition>>,
    /// Images that are fine, with wildcards.
    images: Option<Vec<String>>,
    /// Values that are fine.
    allowed_values: Option<Vec<String>>,
    /// What reports say of a resource that is passed by.
    #[schemars(extend("default" = "skip"))]
    report_result: Option<ReportResult>,
    /// When the exception ends.
    #[schemars(extend("format" = "date-time"))]
    expires_at: Option<String>,
    /// What is added to results.
    properties: Option<Object>,
    /// What the policies are applied to.
    evaluation_mode: Option<String>,
}

/// A policy.
#[derive(JsonSchema)]
struct PolicyRef {
    /// Its name.
    name: String,
    /// Its kind.
    kind: String,
}

#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum ReportResult {
    Skip,
    Pass,
}
