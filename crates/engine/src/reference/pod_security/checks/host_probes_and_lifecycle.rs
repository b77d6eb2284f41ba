//! `hostProbesAndHostLifecycle`: probes and lifecycle handlers may not be sent to another host.
//!
//! The check came with Kubernetes 1.34, but the reference runs it at every version. It names no
//! fields, and no control lets it be excused.

use super::{Check, Forbidden, containers};
use crate::doc::{Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "hostProbesAndHostLifecycle",
    control: None,
    level: Level::Baseline,
    lists_images: false,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    containers(pod)
        .any(|container| container.names_host)
        .then_some(Forbidden {
            reason: "probe or lifecycle host",
            errors: Vec::new(),
        })
}
