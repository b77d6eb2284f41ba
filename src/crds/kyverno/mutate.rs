//! `mutate`: how a resource is changed, and which others.

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::context::ContextEntry;
use crate::crds::shared::{Any, LabelSelector};

/// A change: by a patch, or by one for every element of lists.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Mutation {
    /// Whether targets are changed when the policy changes, and not by requests only.
    mutate_existing_on_policy_update: Option<bool>,
    /// Resources that are changed instead of the one in the request.
    targets: Option<Vec<Target>>,
    /// A part of the resource that is merged into it.
    patch_strategic_merge: Option<Any>,
    /// A list of operations on paths (RFC 6902), as YAML or JSON text.
    patches_json6902: Option<String>,
    /// Changes for every element of lists.
    foreach: Option<Vec<ForEach>>,
}

/// Resources that are changed. Every text may hold variables.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Target {
    /// Their group and version.
    api_version: Option<String>,
    /// Their kind, with a subresource behind `/`.
    kind: Option<String>,
    /// Their name, with wildcards.
    name: Option<String>,
    /// Their namespace, with wildcards.
    namespace: Option<String>,
    /// The UID of one.
    uid: Option<String>,
    /// Labels that they must have.
    selector: Option<LabelSelector>,
    /// Values that are looked up for each.
    context: Option<Vec<ContextEntry>>,
    /// Conditions that each must meet: `any` and `all`, or a list.
    preconditions: Option<Any>,
}

/// A change for every element of a list.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ForEach {
    /// An expression that gives the list.
    list: Option<String>,
    /// In which order elements are taken.
    order: Option<Order>,
    /// Values that are looked up for each element.
    context: Option<Vec<ContextEntry>>,
    /// Conditions that an element must meet.
    preconditions: Option<AnyAllConditions>,
    /// A part of the resource that is merged into it.
    patch_strategic_merge: Option<Any>,
    /// A list of operations on paths (RFC 6902), as YAML or JSON text.
    patches_json6902: Option<String>,
    /// Changes for every element of lists inside the element.
    foreach: Option<Any>,
}

#[derive(JsonSchema)]
enum Order {
    Ascending,
    Descending,
}
