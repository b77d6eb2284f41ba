//! The kinds of `kyverno.io`.

mod cleanup;
mod conditions;
mod context;
mod exception;
mod generate;
mod global_context;
mod matching;
mod mutate;
mod policy;
mod rule;
mod update_request;
mod validate;
mod verify_images;

use super::kind::{Column, Kind, Role, Scope, Version};
use super::schema;

/// Every kind of the group.
pub(super) fn kinds() -> Vec<Kind> {
    vec![
        Kind {
            name: "ClusterPolicy",
            plural: "clusterpolicies",
            short: Some("cpol"),
            scope: Scope::Cluster,
            listed: true,
            versions: policy_versions(schema::of::<policy::ClusterPolicy>()),
        },
        Kind {
            name: "Policy",
            plural: "policies",
            short: Some("pol"),
            scope: Scope::Namespaced,
            listed: true,
            versions: policy_versions(schema::of::<policy::Policy>()),
        },
        Kind {
            name: "PolicyException",
            plural: "policyexceptions",
            short: Some("polex"),
            scope: Scope::Namespaced,
            listed: true,
            versions: versions(
                &[("v2", Role::Stored), ("v2beta1", Role::Deprecated)],
                &schema::of::<exception::PolicyException>(),
                false,
                &[],
            ),
        },
        Kind {
            name: "CleanupPolicy",
            plural: "cleanuppolicies",
            short: Some("cleanpol"),
            scope: Scope::Namespaced,
            listed: true,
            versions: cleanup_versions(&schema::of::<cleanup::CleanupPolicy>()),
        },
        Kind {
            name: "ClusterCleanupPolicy",
            plural: "clustercleanuppolicies",
            short: Some("ccleanpol"),
            scope: Scope::Cluster,
            listed: true,
            versions: cleanup_versions(&schema::of::<cleanup::ClusterCleanupPolicy>()),
        },
        Kind {
            name: "UpdateRequest",
            plural: "updaterequests",
            short: Some("ur"),
            scope: Scope::Namespaced,
            listed: true,
            versions: versions(
                &[("v2", Role::Stored), ("v1beta1", Role::Retired)],
                &schema::of::<update_request::UpdateRequest>(),
                true,
                UPDATE_REQUEST_COLUMNS,
            ),
        },
        Kind {
            name: "GlobalContextEntry",
            plural: "globalcontextentries",
            short: Some("gctxentry"),
            scope: Scope::Cluster,
            listed: true,
            versions: versions(
                &[
                    ("v2", Role::Served),
                    ("v2beta1", Role::Stored),
                    ("v2alpha1", Role::Deprecated),
                ],
                &schema::of::<global_context::GlobalContextEntry>(),
                true,
                GLOBAL_CONTEXT_COLUMNS,
            ),
        },
    ]
}

fn policy_versions(schema: serde_json::Value) -> Vec<Version> {
    versions(
        &[("v1", Role::Stored), ("v2beta1", Role::Served)],
        &schema,
        true,
        POLICY_COLUMNS,
    )
}

fn cleanup_versions(schema: &serde_json::Value) -> Vec<Version> {
    const COLUMNS: &[Column] = &[
        Column::text("Schedule", ".spec.schedule"),
        Column::age("Age"),
    ];
    versions(
        &[("v2", Role::Stored), ("v2beta1", Role::Deprecated)],
        schema,
        true,
        COLUMNS,
    )
}

/// Versions that differ in nothing but their names and roles.
fn versions(
    names: &[(&'static str, Role)],
    schema: &serde_json::Value,
    status: bool,
    columns: &'static [Column],
) -> Vec<Version> {
    let version = |&(name, role): &(&'static str, Role)| Version {
        name,
        role,
        schema: schema.clone(),
        status,
        columns,
        selectable: &[],
    };
    names.iter().map(version).collect()
}

const POLICY_COLUMNS: &[Column] = &[
    Column::switch("ADMISSION", ".spec.admission"),
    Column::switch("BACKGROUND", ".spec.background"),
    Column::text(
        "READY",
        r#".status.conditions[?(@.type == "Ready")].status"#,
    ),
    Column::age("AGE"),
    Column::text("FAILURE POLICY", ".spec.failurePolicy").wide(),
    Column::number("VALIDATE", ".status.rulecount.validate").wide(),
    Column::number("MUTATE", ".status.rulecount.mutate").wide(),
    Column::number("GENERATE", ".status.rulecount.generate").wide(),
    Column::number("VERIFY IMAGES", ".status.rulecount.verifyimages").wide(),
    Column::text(
        "MESSAGE",
        r#".status.conditions[?(@.type == "Ready")].message"#,
    ),
];

const UPDATE_REQUEST_COLUMNS: &[Column] = &[
    Column::text("Policy", ".spec.policy"),
    Column::text("RuleType", ".spec.requestType"),
    Column::text("ResourceKind", ".spec.resource.kind"),
    Column::text("ResourceName", ".spec.resource.name"),
    Column::text("ResourceNamespace", ".spec.resource.namespace"),
    Column::text("status", ".status.state"),
    Column::age("Age"),
];

const GLOBAL_CONTEXT_COLUMNS: &[Column] = &[
    Column::age("AGE"),
    Column::text("REFRESH INTERVAL", ".spec.apiCall.refreshInterval"),
    Column::since("LAST REFRESH", ".status.lastRefreshTime"),
];
