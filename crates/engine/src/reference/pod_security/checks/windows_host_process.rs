//! `windowsHostProcess`: no container may run as a process of a Windows node.

use super::{Check, Forbidden, Problem, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "windowsHostProcess",
    control: Some(Control::HostProcess),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_pod_and_containers(pod, "windowsOptions.hostProcess", |security| {
        security.host_process.then_some(Problem::Flag(true))
    });
    Forbidden::by("hostProcess", errors)
}
