//! `runAsNonRoot`: the Pod or each of its containers has to say that it does not run as root.

use super::{Check, Forbidden, Problem, in_containers, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "runAsNonRoot",
    control: Some(Control::RunningAsNonRoot),
    level: Level::Restricted,
    lists_images: true,
    run,
};

/// Who says `false` is at fault, and who says nothing where the Pod says nothing either.
fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    const REASON: &str = "runAsNonRoot != true";
    const PATH: &str = "runAsNonRoot";
    let said = in_pod_and_containers(pod, PATH, |security| {
        (security.run_as_non_root == Some(false)).then_some(Problem::Flag(false))
    });
    let unsaid = in_containers(pod, PATH, |security| {
        let said = security.and_then(|security| security.shared.run_as_non_root);
        said.is_none().then_some(Problem::Required)
    });
    let unsaid = unsaid.filter(|_| pod.security.run_as_non_root.is_none());
    Forbidden::by(REASON, said.chain(unsaid))
}
