//! `seccompProfile_restricted`: the Pod or each of its containers has to name a seccomp profile.

use super::{Check, Forbidden, Problem, WINDOWS_TOLD_APART, in_containers, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "seccompProfile_restricted",
    control: Some(Control::Seccomp),
    level: Level::Restricted,
    lists_images: true,
    run,
};

/// Who names a wrong profile is at fault; only where nobody does, those who name none are.
fn run<'v>(pod: &Pod<'v>, version: Version) -> Option<Forbidden<'v>> {
    const REASON: &str = "seccompProfile";
    const PATH: &str = "seccompProfile.type";
    if pod.windows && version >= WINDOWS_TOLD_APART {
        return None;
    }
    let wrong = in_pod_and_containers(pod, PATH, super::seccomp_fault);
    Forbidden::by(REASON, wrong).or_else(|| {
        if pod.security.seccomp.is_some() {
            return None;
        }
        let unnamed = in_containers(pod, PATH, |security| {
            let named = security.and_then(|security| security.shared.seccomp);
            named.is_none().then_some(Problem::Required)
        });
        Forbidden::by(REASON, unnamed)
    })
}
