//! `seccompProfile_baseline`: seccomp may not be turned off.

use super::{Check, Forbidden, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "seccompProfile_baseline",
    control: Some(Control::Seccomp),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_pod_and_containers(pod, "seccompProfile.type", super::seccomp_fault);
    Forbidden::by("seccompProfile", errors)
}
