//! The kind that a subresource belongs to.

/// The kind of a built-in resource with subresources that are of other kinds: an API server sends a
/// `Scale` for `deployments/scale`, a `PodExecOptions` for `pods/exec`. Policies name the parent:
/// `Deployment/scale`, `Pod/exec`.
///
/// `None` for every other resource, custom ones among them: nothing in a request tells their kind.
pub(super) fn parent_kind(group: &str, resource: &str) -> Option<&'static str> {
    Some(match (group, resource) {
        ("", "pods") => "Pod",
        ("", "nodes") => "Node",
        ("", "services") => "Service",
        ("", "serviceaccounts") => "ServiceAccount",
        ("", "replicationcontrollers") => "ReplicationController",
        ("apps", "deployments") => "Deployment",
        ("apps", "replicasets") => "ReplicaSet",
        ("apps", "statefulsets") => "StatefulSet",
        _ => return None,
    })
}
