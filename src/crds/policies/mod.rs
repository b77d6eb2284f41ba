//! The kinds of `policies.kyverno.io`: policies written in CEL.

mod deleting;
mod exception;
mod generating;
mod image_validating;
mod mutating;
mod shared;
mod validating;

use serde_json::Value as Json;

use super::kind::{Column, Kind, Role, Scope, Version};
use super::schema;

const READY: &[Column] = &[
    Column::age("AGE"),
    Column::text("READY", ".status.conditionStatus.ready"),
];
const AGE: &[Column] = &[Column::age("AGE")];
const MODE: &[&str] = &[".spec.evaluation.mode"];

/// Every kind of the group.
pub(super) fn kinds() -> Vec<Kind> {
    let mut kinds = vec![Kind {
        name: "PolicyException",
        plural: "policyexceptions",
        short: None,
        scope: Scope::Namespaced,
        listed: false,
        versions: versions(
            &schema::of::<exception::PolicyException>(),
            true,
            false,
            &[],
            &[],
        ),
    }];
    kinds.extend(pair(
        ["ValidatingPolicy", "NamespacedValidatingPolicy"],
        ["validatingpolicies", "namespacedvalidatingpolicies"],
        ["vpol", "nvpol"],
        [
            schema::of::<validating::ValidatingPolicy>(),
            schema::of::<validating::NamespacedValidatingPolicy>(),
        ],
        READY,
        MODE,
    ));
    kinds.extend(pair(
        ["MutatingPolicy", "NamespacedMutatingPolicy"],
        ["mutatingpolicies", "namespacedmutatingpolicies"],
        ["mpol", "nmpol"],
        [
            schema::of::<mutating::MutatingPolicy>(),
            schema::of::<mutating::NamespacedMutatingPolicy>(),
        ],
        READY,
        MODE,
    ));
    kinds.extend(pair(
        ["GeneratingPolicy", "NamespacedGeneratingPolicy"],
        ["generatingpolicies", "namespacedgeneratingpolicies"],
        ["gpol", "ngpol"],
        [
            schema::of::<generating::GeneratingPolicy>(),
            schema::of::<generating::NamespacedGeneratingPolicy>(),
        ],
        AGE,
        &[],
    ));
    kinds.extend(pair(
        ["DeletingPolicy", "NamespacedDeletingPolicy"],
        ["deletingpolicies", "namespaceddeletingpolicies"],
        ["dpol", "ndpol"],
        [
            schema::of::<deleting::DeletingPolicy>(),
            schema::of::<deleting::NamespacedDeletingPolicy>(),
        ],
        READY,
        &[],
    ));
    kinds.extend(pair(
        ["ImageValidatingPolicy", "NamespacedImageValidatingPolicy"],
        [
            "imagevalidatingpolicies",
            "namespacedimagevalidatingpolicies",
        ],
        ["ivpol", "nivpol"],
        [
            schema::of::<image_validating::ImageValidatingPolicy>(),
            schema::of::<image_validating::NamespacedImageValidatingPolicy>(),
        ],
        READY,
        &[],
    ));
    kinds
}

/// A kind for the cluster and the same for a namespace, in this order everywhere.
fn pair(
    names: [&'static str; 2],
    plurals: [&'static str; 2],
    shorts: [&'static str; 2],
    schemas: [Json; 2],
    columns: &'static [Column],
    selectable: &'static [&'static str],
) -> [Kind; 2] {
    let [name, own_name] = names;
    let [plural, own_plural] = plurals;
    let [short, own_short] = shorts;
    let [schema, own_schema] = schemas;
    [
        Kind {
            name,
            plural,
            short: Some(short),
            scope: Scope::Cluster,
            listed: true,
            versions: versions(&schema, true, true, columns, selectable),
        },
        // The namespaced kinds came later, when nothing was alpha any more.
        Kind {
            name: own_name,
            plural: own_plural,
            short: Some(own_short),
            scope: Scope::Namespaced,
            listed: true,
            versions: versions(&own_schema, false, true, columns, selectable),
        },
    ]
}

/// Versions that differ in nothing but their names and roles.
fn versions(
    schema: &Json,
    alpha: bool,
    status: bool,
    columns: &'static [Column],
    selectable: &'static [&'static str],
) -> Vec<Version> {
    let mut names = vec![("v1", Role::Served), ("v1beta1", Role::Stored)];
    if alpha {
        names.push(("v1alpha1", Role::Deprecated));
    }
    let version = |(name, role)| Version {
        name,
        role,
        schema: schema.clone(),
        status,
        columns,
        selectable,
    };
    names.into_iter().map(version).collect()
}
