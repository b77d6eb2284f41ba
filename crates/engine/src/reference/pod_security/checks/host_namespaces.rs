//! `hostNamespaces`: the node's network, processes and IPC stay out of reach.

use super::{Check, Field, FieldError, Forbidden, Problem};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "hostNamespaces",
    control: Some(Control::HostNamespaces),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let shared = [
        ("hostNetwork", pod.host_network),
        ("hostPID", pod.host_pid),
        ("hostIPC", pod.host_ipc),
    ];
    let errors = shared.into_iter().filter_map(|(path, shared)| {
        shared.then_some(FieldError {
            field: Field::Pod(path),
            problem: Problem::Flag(true),
        })
    });
    Forbidden::by("host namespaces", errors)
}
