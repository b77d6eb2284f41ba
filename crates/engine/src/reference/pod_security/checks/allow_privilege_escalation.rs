//! `allowPrivilegeEscalation`: no container may gain more rights than it starts with.

use super::{Check, Forbidden, Problem, WINDOWS_TOLD_APART, in_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "allowPrivilegeEscalation",
    control: Some(Control::PrivilegeEscalation),
    level: Level::Restricted,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, version: Version) -> Option<Forbidden<'v>> {
    if pod.windows && version >= WINDOWS_TOLD_APART {
        return None;
    }
    let errors = in_containers(pod, "allowPrivilegeEscalation", |security| {
        let Some(security) = security else {
            return Some(Problem::Required);
        };
        match security.allow_privilege_escalation {
            Some(false) => None,
            Some(true) => Some(Problem::Flag(true)),
            None => Some(Problem::Text("nil")),
        }
    });
    Forbidden::by("allowPrivilegeEscalation != false", errors)
}
