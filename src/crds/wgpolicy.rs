//! The kinds of `wgpolicyk8s.io`: policy reports as dashboards read them.

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
            name: "PolicyReport",
            plural: "policyreports",
            short: Some("polr"),
            scope: Scope::Namespaced,
            listed: false,
            versions: vec![version(schema::of::<PolicyReport>())],
        },
        Kind {
            name: "ClusterPolicyReport",
            plural: "clusterpolicyreports",
            short: Some("cpolr"),
            scope: Scope::Cluster,
            listed: false,
            versions: vec![version(schema::of::<ClusterPolicyReport>())],
        },
    ]
}

fn version(schema: Json) -> Version {
    Version {
        name: "v1alpha2",
        role: Role::Stored,
        schema,
        status: false,
        columns: COLUMNS,
        selectable: &[],
    }
}

const COLUMNS: &[Column] = &[
    Column::text("Kind", ".scope.kind"),
    Column::text("Name", ".scope.name"),
    Column::number("Pass", ".summary.pass"),
    Column::number("Fail", ".summary.fail"),
    Column::number("Warn", ".summary.warn"),
    Column::number("Error", ".summary.error"),
    Column::number("Skip", ".summary.skip"),
    Column::age("Age"),
];

/// What policies say of resources of a namespace.
#[derive(JsonSchema)]
struct PolicyReport {
    #[serde(flatten)]
    report: Report,
}

/// What policies say of resources without a namespace.
#[derive(JsonSchema)]
struct ClusterPolicyReport {
    #[serde(flatten)]
    report: Report,
}

/// What policies say of resources.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Report {
    /// The resource.
    scope: Option<ObjectReference>,
    /// Labels of the resources, where they are many.
    scope_selector: Option<LabelSelector>,
    /// How many results there are of each outcome.
    summary: Option<Summary>,
    /// The results.
    results: Option<Vec<PolicyResult>>,
}
