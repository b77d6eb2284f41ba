//! Results of policies, as reports of every group hold them.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use super::shared::{LabelSelector, ObjectReference};

/// What a policy says of a resource.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PolicyResult {
    /// Who applied the policy.
    source: Option<String>,
    /// The policy's name, with its namespace and `/` before it where it has one.
    policy: String,
    /// The rule's name.
    rule: Option<String>,
    /// The policy's category.
    category: Option<String>,
    /// How bad it is to break the policy.
    severity: Option<Severity>,
    /// When it was applied.
    timestamp: Option<Timestamp>,
    /// What it says.
    result: Option<Outcome>,
    /// Whether the result counts.
    scored: Option<bool>,
    /// The resources, where they are not those of the whole report.
    resources: Option<Vec<ObjectReference>>,
    /// Labels of the resources, where they are not listed.
    resource_selector: Option<LabelSelector>,
    /// Why, in words for people.
    message: Option<String>,
    /// What the policy adds.
    properties: Option<BTreeMap<String, String>>,
}

/// What a policy says.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Pass,
    Fail,
    Warn,
    Error,
    Skip,
}

/// How bad it is to break a policy.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Severity {
    Critical,
    High,
    Low,
    Medium,
    Info,
}

/// A time.
#[derive(JsonSchema)]
struct Timestamp {
    /// Seconds since 1970.
    seconds: i64,
    /// Nanoseconds of that second.
    nanos: i32,
}

/// How many results there are of each outcome.
#[derive(JsonSchema)]
pub(super) struct Summary {
    /// Requirements that were met.
    pass: Option<i64>,
    /// Requirements that were not met.
    fail: Option<i64>,
    /// Requirements that were not met, and do not count.
    warn: Option<i64>,
    /// Requirements that could not be evaluated.
    error: Option<i64>,
    /// Requirements that were not evaluated.
    skip: Option<i64>,
}
