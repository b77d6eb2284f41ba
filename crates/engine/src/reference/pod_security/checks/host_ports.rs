//! `hostPorts`: no container may take a port of the node.

use super::{Check, Field, FieldError, Forbidden, Problem, containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "hostPorts",
    control: Some(Control::HostPorts),
    level: Level::Baseline,
    lists_images: false,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = containers(pod).flat_map(|container| {
        let ports = container.host_ports.iter().enumerate();
        ports.filter_map(move |(index, port)| {
            (*port != 0).then_some(FieldError {
                field: Field::HostPort(container, index),
                problem: Problem::Number(*port),
            })
        })
    });
    Forbidden::by("hostPort", errors)
}
