//! `restrictedVolumes`: only volumes that hold the Pod's own or the cluster's data.

use portcullis_lang::value::Map;

use super::{Check, Field, FieldError, Forbidden, Problem};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "restrictedVolumes",
    control: Some(Control::VolumeTypes),
    level: Level::Restricted,
    lists_images: true,
    run,
};

const ALLOWED: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Anything else is reported as `unknown`.
const FORBIDDEN: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let errors = pod
        .volumes
        .iter()
        .enumerate()
        .filter_map(|(index, volume)| {
            if ALLOWED.iter().any(|kind| is(volume.fields, kind)) {
                return None;
            }
            let forbidden = FORBIDDEN.into_iter().find(|kind| is(volume.fields, kind));
            Some(FieldError {
                field: Field::Volume(index, forbidden.unwrap_or("unknown")),
                problem: Problem::Forbidden,
            })
        });
    Forbidden::by("restricted volume types", errors)
}

fn is(volume: Map<'_>, kind: &str) -> bool {
    volume.get(kind).is_some_and(|source| !source.is_null())
}
