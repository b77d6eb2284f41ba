//! `hostPathVolumes`: no directory of the node may be mounted.

use super::{Check, Field, FieldError, Forbidden, Problem};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "hostPathVolumes",
    control: Some(Control::HostPathVolumes),
    level: Level::Baseline,
    lists_images: true,
    run,
};

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = pod
        .volumes
        .iter()
        .enumerate()
        .filter_map(|(index, volume)| {
            volume.host_path.map(|path| FieldError {
                field: Field::Volume(index, "hostPath"),
                problem: Problem::Text(path),
            })
        });
    Forbidden::by("hostPath volumes", errors)
}
