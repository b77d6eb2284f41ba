//! Reports on what policies say of resources, as dashboards read them: the kinds of `wgpolicyk8s.io`, and
//! those of `openreports.io`, which follow them and add two fields.

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::kind::{Column, Kind, Role, Scope, Version};
use super::results::{PolicyResult, Summary};
use super::schema;
use super::shared::{LabelSelector, ObjectReference};

/// Every kind of `wgpolicyk8s.io`.
pub(super) fn wgpolicy() -> Vec<Kind> {
    let version = |schema| version("v1alpha2", schema, COLUMNS);
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

/// Every kind of `openreports.io`.
pub(super) fn openreports() -> Vec<Kind> {
    let version = |schema| version("v1alpha1", schema, NARROW_COLUMNS);
    vec![
        Kind {
            name: "Report",
            plural: "reports",
            short: Some("reps"),
            scope: Scope::Namespaced,
            listed: true,
            versions: vec![version(schema::of::<OpenReport>())],
        },
        Kind {
            name: "ClusterReport",
            plural: "clusterreports",
            short: Some("creps"),
            scope: Scope::Cluster,
            listed: true,
            versions: vec![version(schema::of::<OpenClusterReport>())],
        },
    ]
}

fn version(name: &'static str, schema: Json, columns: &'static [Column]) -> Version {
    Version {
        name,
        role: Role::Stored,
        schema,
        status: false,
        columns,
        selectable: &[],
    }
}

const KIND: Column = Column::text("Kind", ".scope.kind");
const NAME: Column = Column::text("Name", ".scope.name");
const PASS: Column = Column::number("Pass", ".summary.pass");
const FAIL: Column = Column::number("Fail", ".summary.fail");
const WARN: Column = Column::number("Warn", ".summary.warn");
const ERROR: Column = Column::number("Error", ".summary.error");
const SKIP: Column = Column::number("Skip", ".summary.skip");
const AGE: Column = Column::age("Age");

const COLUMNS: &[Column] = &[KIND, NAME, PASS, FAIL, WARN, ERROR, SKIP, AGE];
const NARROW_COLUMNS: &[Column] = &[KIND.wide(), NAME.wide(), PASS, FAIL, WARN, ERROR, SKIP, AGE];

/// What policies say of resources of a namespace.
#[derive(JsonSchema)]
struct PolicyReport {
    #[serde(flatten)]
    report: Content,
}

/// What policies say of resources without a namespace.
#[derive(JsonSchema)]
struct ClusterPolicyReport {
    #[serde(flatten)]
    report: Content,
}

/// What policies say of resources of a namespace.
#[derive(JsonSchema)]
struct OpenReport {
    #[serde(flatten)]
    report: Content,
    #[serde(flatten)]
    origin: Origin,
}

/// What policies say of resources without a namespace.
#[derive(JsonSchema)]
struct OpenClusterReport {
    #[serde(flatten)]
    report: Content,
    #[serde(flatten)]
    origin: Origin,
}

/// What policies say of resources.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Content {
    /// The resource.
    scope: Option<ObjectReference>,
    /// Labels of the resources, where they are many.
    scope_selector: Option<LabelSelector>,
    /// How many results there are of each outcome.
    summary: Option<Summary>,
    /// The results.
    results: Option<Vec<PolicyResult>>,
}

/// Where a report comes from.
#[derive(JsonSchema)]
struct Origin {
    /// Who applied the policies.
    source: Option<String>,
    /// How the report was made.
    configuration: Option<Configuration>,
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
