//! `procMount`: the masks over `/proc` stay.

use super::{Check, Forbidden, Problem, in_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "procMount",
    control: Some(Control::ProcMount),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = in_containers(pod, "procMount", |security| {
        let kind = security?.proc_mount?;
        (kind != "Default").then_some(Problem::Text(kind))
    });
    Forbidden::by("procMount", errors)
}
