//! The kinds of `reports.kyverno.io`: reports on their way to be aggregated.

use schemars::JsonSchema;
use serde_json::Value as Json;

use super::kind::{Column, Kind, Role, Scope, Version};
use super::results::{PolicyResult, Summary};
use super::schema;

/// Every kind of the group.
pub(super) fn kinds() -> Vec<Kind> {
    vec![
        Kind {
            name: "EphemeralReport",
            plural: "ephemeralreports",
            short: Some("ephr"),
            scope: Scope::Namespaced,
            listed: true,
            versions: vec![version(schema::of::<EphemeralReport>(), COLUMNS)],
        },
        Kind {
            name: "ClusterEphemeralReport",
            plural: "clusterephemeralreports",
            short: Some("cephr"),
            scope: Scope::Cluster,
            listed: true,
            versions: vec![version(
                schema::of::<ClusterEphemeralReport>(),
                CLUSTER_COLUMNS,
            )],
        },
    ]
}

fn version(schema: Json, columns: &'static [Column]) -> Version {
    Version {
        name: "v1",
        role: Role::Stored,
        schema,
        status: false,
        columns,
        selectable: &[],
    }
}

const SOURCE: Column = Column::text("Source", r".metadata.labels.audit\.kyverno\.io/source");
const GROUP: Column = Column::text(
    "Group",
    r".metadata.labels.audit\.kyverno\.io/resource\.group",
);
const KIND: Column = Column::text(
    "Kind",
    r".metadata.labels.audit\.kyverno\.io/resource\.kind",
);
const OWNER: Column = Column::text(
    "Owner",
    r".metadata.annotations.audit\.kyverno\.io/resource\.name",
);
const PASS: Column = Column::number("Pass", ".spec.summary.pass");
const FAIL: Column = Column::number("Fail", ".spec.summary.fail");
const WARN: Column = Column::number("Warn", ".spec.summary.warn");
const ERROR: Column = Column::number("Error", ".spec.summary.error");
const SKIP: Column = Column::number("Skip", ".spec.summary.skip");
const AGE: Column = Column::age("Age");
const UID: Column = Column::text("Uid", r".metadata.labels.audit\.kyverno\.io/resource\.uid");
const HASH: Column = Column::text(
    "Hash",
    r".metadata.labels.audit\.kyverno\.io/resource\.hash",
)
.wide();

const COLUMNS: &[Column] = &[
    SOURCE,
    GROUP,
    KIND,
    OWNER,
    PASS,
    FAIL,
    WARN,
    ERROR,
    SKIP,
    AGE,
    UID.wide(),
    HASH,
];
const CLUSTER_COLUMNS: &[Column] = &[
    SOURCE, GROUP, KIND, OWNER, PASS, FAIL, WARN, ERROR, SKIP, AGE, UID, HASH,
];

/// What some policies say of one resource of a namespace.
#[derive(JsonSchema)]
struct EphemeralReport {
    /// The resource and the results.
    spec: Spec,
}

/// What some policies say of one resource without a namespace.
#[derive(JsonSchema)]
struct ClusterEphemeralReport {
    /// The resource and the results.
    spec: Spec,
}

/// A resource and what some policies say of it.
#[derive(JsonSchema)]
struct Spec {
    /// The resource.
    owner: Owner,
    /// How many results there are of each outcome.
    summary: Option<Summary>,
    /// The results.
    results: Option<Vec<PolicyResult>>,
}

/// The resource that a report is about.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
struct Owner {
    /// Its group and version.
    api_version: String,
    /// Its kind.
    kind: String,
    /// Its name.
    name: String,
    /// Its UID.
    uid: String,
    /// Whether it controls the report.
    controller: Option<bool>,
    /// Whether it waits for the report to be deleted.
    block_owner_deletion: Option<bool>,
}
