//! `generate`: which resources are made.

use schemars::JsonSchema;

use super::conditions::AnyAllConditions;
use super::context::ContextEntry;
use crate::crds::shared::{Any, LabelSelector};

/// Resources that are made when the rule applies.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Generation {
    /// Whether the rule is applied to triggers that exist when the policy changes.
    generate_existing: Option<bool>,
    /// Whether made resources follow their source, and go with their trigger.
    synchronize: Option<bool>,
    /// Whether made resources stay when the policy goes.
    orphan_downstream_on_policy_delete: Option<bool>,
    #[serde(flatten)]
    pattern: Pattern,
    /// Resources for every element of lists.
    foreach: Option<Vec<ForEach>>,
}

/// A resource that is made: written here, or copied. Every text may hold variables.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Pattern {
    /// Its group and version.
    api_version: Option<String>,
    /// Its kind.
    kind: Option<String>,
    /// Its name.
    name: Option<String>,
    /// Its namespace.
    namespace: Option<String>,
    /// Its UID.
    uid: Option<String>,
    /// Its content, all but kind and name.
    data: Option<Any>,
    /// A resource of the same kind that it is copied from.
    clone: Option<CloneFrom>,
    /// Resources that are copied.
    clone_list: Option<CloneList>,
}

/// A resource that is copied.
#[derive(JsonSchema)]
struct CloneFrom {
    /// Its namespace.
    namespace: Option<String>,
    /// Its name.
    name: Option<String>,
}

/// Resources that are copied.
#[derive(JsonSchema)]
struct CloneList {
    /// Their namespace.
    namespace: Option<String>,
    /// Their kinds, as `group/version/Kind`.
    kinds: Option<Vec<String>>,
    /// Labels that they must have.
    selector: Option<LabelSelector>,
}

/// Resources that are made for every element of a list.
#[derive(JsonSchema)]
struct ForEach {
    /// An expression that gives the list.
    list: Option<String>,
    /// Values that are looked up for each element.
    context: Option<Vec<ContextEntry>>,
    /// Conditions that an element must meet.
    preconditions: Option<AnyAllConditions>,
    #[serde(flatten)]
    pattern: Pattern,
}
