//! The kinds of `openreports.io`: the reports that follow those of `wgpolicyk8s.io`.

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::kind::{Column, Kind, Role, Scope, Version};
use super::results::{PolicyResult, Summary};
use super::schema;
use super::shared::{LabelSelector, ObjectReference};

/// Every kind of the group.
pub(super) fn kinds() -> Vec<Kind> {
    vec![
        Kind {
            name: "Report",
            plural: "reports",
            short: Some("reps"),
            scope: Scope::Namespaced,
            listed: true,
            versions: vec![version(schema::of::<Report>())],
        },
        Kind {
            name: "ClusterReport",
            plural: "clusterreports",
            short: Some("creps"),
            scope: Scope::Cluster,
            listed: true,
            versions: vec![version(schema::of::<ClusterReport>())],
        },
    ]
}

fn version(schema: Json) -> Version {
    Version {
        name: "v1alpha1",
        role: Role::Stored,
        schema,
        status: false,
        columns: COLUMNS,
        selectable: &[],
    }
}

const COLUMNS: &[Column] = &[
    Column::text("Kind", ".scope.kind").wide(),
    Column::text("Name", ".scope.name").wide(),
    Column::number("Pass", ".summary.pass"),
    Column::number("Fail", ".summary.fail"),
    Column::number("Warn", ".summary.warn"),
    Column::number("Error", ".summary.error"),
    Column::number("Skip", ".summary.skip"),
    Column::age("Age"),
];

/// What policies say of resources of a namespace.
#[derive(JsonSchema)]
struct Report {
    #[serde(flatten)]
    report: Content,
}

/// What policies say of resources without a namespace.
#[derive(JsonSchema)]
struct ClusterReport {
    #[serde(flatten)]
    report: Content,
}

/// What policies say of resources.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Content {
    /// Who applied the policies.
    source: Option<String>,
    /// The resource.
    scope: Option<ObjectReference>,
    /// Labels of the resources, where they are many.
    scope_selector: Option<LabelSelector>,
    /// How the report was made.
    configuration: Option<Configuration>,
    /// How many results there are of each outcome.
    summary: Option<Summary>,
    /// The results.
    results: Option<Vec<PolicyResult>>,
}

/// How a report was made.
#[derive(JsonSchema)]
struct Configuration {
    /// What was left out.
    limits: Option<Limits>,
}

/// What a report leaves out.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Limits {
    /// How many results it holds at most.
    max_results: Option<i64>,
    /// Outcomes that it holds.
    status_filter: Option<Vec<String>>,
}
