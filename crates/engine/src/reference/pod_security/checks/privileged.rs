//! `privileged`: no container may have all rights of the node.

use super::{Check, Forbidden, Problem, in_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "privileged",
    control: Some(Control::PrivilegedContainers),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_containers(pod, "privileged", |security| {
        security?.privileged.then_some(Problem::Flag(true))
    });
    Forbidden::by("privileged", errors)
}
