//! `capabilities_restricted`: drop all capabilities, add none but `NET_BIND_SERVICE`.

use super::{Check, Forbidden, Problem, WINDOWS_TOLD_APART, in_containers, names_but};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "capabilities_restricted",
    control: Some(Control::Capabilities),
    level: Level::Restricted,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, version: Version) -> Option<Forbidden<'v>> {
    if pod.windows && version >= WINDOWS_TOLD_APART {
        return None;
    }
    let drops = in_containers(pod, "capabilities.drop", |security| {
        let dropped = security.map_or(&[][..], |security| security.capabilities.drop);
        if dropped.contains(&"ALL") {
            return None;
        }
        Some(names_but(dropped, &[]).unwrap_or(Problem::Required))
    });
    let adds = in_containers(pod, "capabilities.add", |security| {
        names_but(security?.capabilities.add, &["NET_BIND_SERVICE"])
    });
    Forbidden::by("unrestricted capabilities", drops.chain(adds))
}
