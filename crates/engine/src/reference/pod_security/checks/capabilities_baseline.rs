//! `capabilities_baseline`: no capability may be added that container runtimes do not give anyway.

use super::{Check, Forbidden, in_containers, names_but};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "capabilities_baseline",
    control: Some(Control::Capabilities),
    level: Level::Baseline,
    lists_images: true,
    run,
};

const ALLOWED: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_containers(pod, "capabilities.add", |security| {
        names_but(security?.capabilities.add, &ALLOWED)
    });
    Forbidden::by("non-default capabilities", errors)
}
