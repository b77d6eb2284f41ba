//! PolicyException.

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::matching::MatchResources;
use super::validate::PodSecurityStandard;

/// Resources that some rules do not speak about.
#[derive(JsonSchema)]
pub(super) struct PolicyException {
    /// The resources and the rules.
    spec: Spec,
}

/// Resources, and rules that pass them by.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Spec {
    /// Whether the exception holds for resources that exist, and not for requests only.
    background: Option<bool>,
    /// The resources.
    r#match: MatchResources,
    /// Conditions that a request must meet besides.
    conditions: Option<AnyAllConditions>,
    /// The rules.
    exceptions: Vec<Exception>,
    /// Controls of the Pod Security Standards that are left out, instead of whole rules.
    pod_security: Option<Vec<PodSecurityStandard>>,
}

/// Rules of a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Exception {
    /// The policy's name, with its namespace and `/` before it where it has one.
    policy_name: String,
    /// Names of its rules, with wildcards.
    rule_names: Vec<String>,
}
