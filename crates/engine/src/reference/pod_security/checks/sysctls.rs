//! `sysctls`: only kernel parameters that stay within the Pod.

use super::{Check, Field, FieldError, Forbidden, Problem};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "sysctls",
    control: Some(Control::Sysctls),
    level: Level::Baseline,
    lists_images: true,
    run,
};

/// What is allowed, and since which version.
const ALLOWED: [(Version, &str); 12] = [
    (Version::minor(0), "kernel.shm_rmid_forced"),
    (Version::minor(0), "net.ipv4.ip_local_port_range"),
    (Version::minor(0), "net.ipv4.tcp_syncookies"),
    (Version::minor(0), "net.ipv4.ping_group_range"),
    (Version::minor(0), "net.ipv4.ip_unprivileged_port_start"),
    (Version::minor(27), "net.ipv4.ip_local_reserved_ports"),
    (Version::minor(29), "net.ipv4.tcp_keepalive_time"),
    (Version::minor(29), "net.ipv4.tcp_fin_timeout"),
    (Version::minor(29), "net.ipv4.tcp_keepalive_intvl"),
    (Version::minor(29), "net.ipv4.tcp_keepalive_probes"),
    (Version::minor(32), "net.ipv4.tcp_rmem"),
    (Version::minor(32), "net.ipv4.tcp_wmem"),
];

fn run<'v>(pod: &Pod<'v>, version: Version) -> Option<Forbidden<'v>> {
    let allowed = |name: &str| {
        ALLOWED
            .iter()
            .any(|(since, known)| version >= *since && *known == name)
    };
    let errors = pod.sysctls.iter().enumerate().filter_map(|(index, name)| {
        (!allowed(name)).then_some(FieldError {
            field: Field::Sysctl(index),
            problem: Problem::Text(name),
        })
    });
    Forbidden::by("forbidden sysctls", errors)
}
