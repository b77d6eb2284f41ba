//! `runAsUser`: neither the Pod nor a container may name user 0.

use super::{Check, Forbidden, Problem, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "runAsUser",
    control: Some(Control::RunningAsNonRootUser),
    level: Level::Restricted,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_pod_and_containers(pod, "runAsUser", |security| {
        (security.run_as_user == Some(0)).then_some(Problem::Number(0))
    });
    Forbidden::by("runAsUser=0", errors)
}
