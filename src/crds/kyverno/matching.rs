//! What a rule, an exception or a clean-up speaks about.

use std::collections::BTreeMap;

use schemars::JsonSchema;

use crate::crds::shared::LabelSelector;

/// Requests that are meant: by `any` or `all`, or by one filter written in place.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct MatchResources {
    /// Filters of which one must fit.
    any: Option<Vec<ResourceFilter>>,
    /// Filters of which every one must fit.
    all: Option<Vec<ResourceFilter>>,
    /// The resources that are meant. Deprecated: use `any` or `all`.
    resources: Option<ResourceDescription>,
    /// Names of roles, as `namespace:name`, of which the user must have one. Deprecated: use `any` or `all`.
    roles: Option<Vec<String>>,
    /// Names of cluster roles of which the user must have one. Deprecated: use `any` or `all`.
    cluster_roles: Option<Vec<String>>,
    /// Users, groups and service accounts of which one must have sent the request.
    /// Deprecated: use `any` or `all`.
    subjects: Option<Vec<Subject>>,
}

/// Requests that are meant, by `any` or `all` only.
#[derive(JsonSchema)]
pub(super) struct AnyAllResources {
    /// Filters of which one must fit.
    any: Option<Vec<ResourceFilter>>,
    /// Filters of which every one must fit.
    all: Option<Vec<ResourceFilter>>,
}

/// Resources and users. A request fits when it fits every part that is written.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceFilter {
    /// The resources that are meant.
    resources: Option<ResourceDescription>,
    /// Names of roles, as `namespace:name`, of which the user must have one.
    roles: Option<Vec<String>>,
    /// Names of cluster roles of which the user must have one.
    cluster_roles: Option<Vec<String>>,
    /// Users, groups and service accounts of which one must have sent the request.
    subjects: Option<Vec<Subject>>,
}

/// Resources, by what they are and how they are labelled. `*` and `?` are wildcards.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResourceDescription {
    /// Kinds, as `group/version/Kind/subresource`; all but the kind may be left out.
    kinds: Option<Vec<String>>,
    /// The name. Deprecated: use `names`.
    name: Option<String>,
    /// Names of which one must fit.
    names: Option<Vec<String>>,
    /// Namespaces of which one must fit.
    namespaces: Option<Vec<String>>,
    /// Annotations that the resource must have.
    annotations: Option<BTreeMap<String, String>>,
    /// Labels that the resource must have.
    selector: Option<LabelSelector>,
    /// Labels that the resource's namespace must have.
    namespace_selector: Option<LabelSelector>,
    /// Operations of which the request must be one.
    operations: Option<Vec<Operation>>,
}

/// What a request does.
#[derive(JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Operation {
    Create,
    Connect,
    Update,
    Delete,
}

/// A user, a group or a service account.
#[derive(JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub(super) struct Subject {
    /// `User`, `Group` or `ServiceAccount`.
    kind: String,
    /// The group of the kind; `rbac.authorization.k8s.io` for users and groups.
    api_group: Option<String>,
    /// Its name.
    name: String,
    /// The namespace of a service account.
    namespace: Option<String>,
}
