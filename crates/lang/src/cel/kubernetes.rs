//! The types that Kubernetes declares for expressions about admission.

use super::environment::Environment;
use super::types::Type;

/// The types of the variables `request` and `namespaceObject`.
#[derive(Clone, Debug)]
pub struct AdmissionTypes {
    /// `kubernetes.AdmissionRequest`
    pub request: Type,
    /// `kubernetes.Namespace`
    pub namespace: Type,
}

/// Declares the types.
///
/// `extended`: Kyverno's own policies also see `request.uid`, `request.object` and
/// `request.oldObject`.
pub fn declare_admission(environment: &mut Environment, extended: bool) -> AdmissionTypes {
    let texts = || Type::list_of(Type::String);
    let pairs = || Type::map_of(Type::String, Type::String);
    let kind = environment.declare_struct(
        "kubernetes.GroupVersionKind",
        [
            ("group", Type::String),
            ("version", Type::String),
            ("kind", Type::String),
        ],
    );
    let resource = environment.declare_struct(
        "kubernetes.GroupVersionResource",
        [
            ("group", Type::String),
            ("version", Type::String),
            ("resource", Type::String),
        ],
    );
    let user = environment.declare_struct(
        "kubernetes.UserInfo",
        [
            ("username", Type::String),
            ("uid", Type::String),
            ("groups", texts()),
            ("extra", Type::map_of(Type::String, texts())),
        ],
    );
    let request = environment.declare_struct(
        "kubernetes.AdmissionRequest",
        [
            ("kind", kind.clone()),
            ("resource", resource.clone()),
            ("subResource", Type::String),
            ("requestKind", kind),
            ("requestResource", resource),
            ("requestSubResource", Type::String),
            ("name", Type::String),
            ("namespace", Type::String),
            ("operation", Type::String),
            ("userInfo", user),
            ("dryRun", Type::Bool),
            ("options", Type::Dyn),
        ],
    );
    if extended {
        for (field, ty) in [
            ("uid", Type::String),
            ("object", Type::Dyn),
            ("oldObject", Type::Dyn),
        ] {
            environment.declare_field("kubernetes.AdmissionRequest", field, ty);
        }
    }
    let metadata = environment.declare_struct(
        "kubernetes.NamespaceMetadata",
        [
            ("name", Type::String),
            ("generateName", Type::String),
            ("namespace", Type::String),
            ("labels", pairs()),
            ("annotations", pairs()),
            ("uid", Type::String),
            ("creationTimestamp", Type::Timestamp),
            ("deletionGracePeriodSeconds", Type::Int),
            ("deletionTimestamp", Type::Timestamp),
            ("generation", Type::Int),
            ("resourceVersion", Type::String),
            ("finalizers", texts()),
        ],
    );
    let spec = environment.declare_struct("kubernetes.NamespaceSpec", [("finalizers", texts())]);
    let status =
        environment.declare_struct("kubernetes.NamespaceStatus", [("phase", Type::String)]);
    let namespace = environment.declare_struct(
        "kubernetes.Namespace",
        [("metadata", metadata), ("spec", spec), ("status", status)],
    );
    AdmissionTypes { request, namespace }
}
