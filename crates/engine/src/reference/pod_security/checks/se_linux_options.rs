//! `seLinuxOptions`: only the usual container types, and no other user or role.

use super::{Check, Field, FieldError, Forbidden, Problem, containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::{Pod, Security};

pub(super) const CHECK: Check = Check {
    id: "seLinuxOptions",
    control: Some(Control::SeLinux),
    level: Level::Baseline,
    lists_images: false,
    run,
};

const ALLOWED: [&str; 4] = ["", "container_t", "container_init_t", "container_kvm_t"];

/// Allowed as well from Kubernetes 1.31 on.
const ALLOWED_LATER: (Version, &str) = (Version::minor(31), "container_engine_t");

fn run<'v>(pod: &Pod<'v>, version: Version) -> Option<Forbidden<'v>> {
    let of_pod = faults(pod.security, version, Field::PodSecurity);
    let of_containers = containers(pod).flat_map(|container| {
        let security = container.security.unwrap_or_default().shared;
        faults(security, version, move |path| {
            Field::Container(container, path)
        })
    });
    Forbidden::by("seLinuxOptions", of_pod.chain(of_containers))
}

fn faults<'v>(
    security: Security<'v>,
    version: Version,
    field: impl Fn(&'static str) -> Field<'v>,
) -> impl Iterator<Item = FieldError<'v>> {
    let options = security.se_linux;
    let (since, later) = ALLOWED_LATER;
    let allowed = ALLOWED.contains(&options.kind) || (version >= since && options.kind == later);
    let faults = [
        ("seLinuxOptions.type", options.kind, !allowed),
        (
            "seLinuxOptions.user",
            options.user,
            !options.user.is_empty(),
        ),
        (
            "seLinuxOptions.role",
            options.role,
            !options.role.is_empty(),
        ),
    ];
    let at_fault = faults.into_iter().filter(|(.., at_fault)| *at_fault);
    at_fault.map(move |(path, text, _)| FieldError {
        field: field(path),
        problem: Problem::Text(text),
    })
}
