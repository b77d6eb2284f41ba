//! The checks of the Pod Security Standards: one file for each.
//!
//! Comes in:  a Pod, and the edition of the standard.
//! Goes out:  nothing, or why the Pod is forbidden and which fields are at fault.
//! Never here: excuses, messages.
//!
//! Each check knows its own editions: `run` gets the version and does what the newest edition up
//! to it says. What the first edition says holds for every older version as well.

mod allow_privilege_escalation;
mod app_armor;
mod capabilities_baseline;
mod capabilities_restricted;
mod host_namespaces;
mod host_path_volumes;
mod host_ports;
mod host_probes_and_lifecycle;
mod privileged;
mod proc_mount;
mod restricted_volumes;
mod run_as_non_root;
mod run_as_user;
mod se_linux_options;
mod seccomp_baseline;
mod seccomp_restricted;
mod sysctls;
mod windows_host_process;

#[cfg(test)]
mod tests;

use super::field::{Field, FieldError, Problem};
use super::pod::{Container, ContainerSecurity, Pod, Security};
use crate::doc::{Control, Level, Version};

/// One check.
#[derive(Debug)]
pub(super) struct Check {
    /// Its name in report properties.
    pub(super) id: &'static str,
    /// The control that excuses name it by; none for a check that cannot be excused.
    pub(super) control: Option<Control>,
    /// The lowest level that it belongs to.
    pub(super) level: Level,
    /// Do report properties list the images of the containers at fault? The reference reads the
    /// containers' names out of a sentence of Kubernetes, and finds them in some sentences only.
    pub(super) lists_images: bool,
    pub(super) run: for<'v> fn(&Pod<'v>, Version) -> Option<Forbidden<'v>>,
}

/// Every check, in the order in which they run and are reported.
pub(super) const ALL: [&Check; 18] = [
    &allow_privilege_escalation::CHECK,
    &app_armor::CHECK,
    &capabilities_baseline::CHECK,
    &capabilities_restricted::CHECK,
    &host_namespaces::CHECK,
    &host_path_volumes::CHECK,
    &host_ports::CHECK,
    &host_probes_and_lifecycle::CHECK,
    &privileged::CHECK,
    &proc_mount::CHECK,
    &restricted_volumes::CHECK,
    &run_as_non_root::CHECK,
    &run_as_user::CHECK,
    &se_linux_options::CHECK,
    &seccomp_baseline::CHECK,
    &seccomp_restricted::CHECK,
    &sysctls::CHECK,
    &windows_host_process::CHECK,
];

/// From this version on, what only concerns Linux is not asked of a Pod for Windows.
const WINDOWS_TOLD_APART: Version = Version::minor(25);

/// Why a check forbids a Pod.
#[derive(Clone, Debug)]
pub(super) struct Forbidden<'v> {
    pub(super) reason: &'static str,
    /// The fields at fault, in the order of visits.
    pub(super) errors: Vec<FieldError<'v>>,
}

impl<'v> Forbidden<'v> {
    /// Forbids the Pod if there are any errors. Allocates nothing where there are none.
    fn by(
        reason: &'static str,
        errors: impl IntoIterator<Item = FieldError<'v>>,
    ) -> Option<Forbidden<'v>> {
        let errors: Vec<_> = errors.into_iter().collect();
        (!errors.is_empty()).then_some(Forbidden { reason, errors })
    }
}

impl Check {
    /// Does a rule of this level run the check? Every level but `baseline` runs all of them.
    pub(super) fn belongs_to(&self, level: Level) -> bool {
        level != Level::Baseline || self.level == Level::Baseline
    }
}

/// The errors that `test` finds in the security context of each container, at `path` in it.
fn in_containers<'v>(
    pod: &Pod<'v>,
    path: &'static str,
    test: impl Fn(Option<&ContainerSecurity<'v>>) -> Option<Problem<'v>>,
) -> impl Iterator<Item = FieldError<'v>> {
    containers(pod).filter_map(move |container| {
        test(container.security.as_ref()).map(|problem| FieldError {
            field: Field::Container(container, path),
            problem,
        })
    })
}

/// The errors that `test` finds in the security context of the Pod, then of each container.
fn in_pod_and_containers<'v>(
    pod: &Pod<'v>,
    path: &'static str,
    test: impl Fn(&Security<'v>) -> Option<Problem<'v>>,
) -> impl Iterator<Item = FieldError<'v>> {
    let of_pod = test(&pod.security).map(|problem| FieldError {
        field: Field::PodSecurity(path),
        problem,
    });
    let of_containers = in_containers(pod, path, move |security| test(&security?.shared));
    of_pod.into_iter().chain(of_containers)
}

fn containers<'v>(pod: &Pod<'v>) -> std::slice::Iter<'v, Container<'v>> {
    pod.containers.iter()
}

/// The names without `allowed` ones, sorted, each once; none where all are allowed.
fn names_but<'v>(names: &[&'v str], allowed: &[&str]) -> Option<Problem<'v>> {
    let mut forbidden: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !allowed.contains(name))
        .collect();
    forbidden.sort_unstable();
    forbidden.dedup();
    (!forbidden.is_empty()).then_some(Problem::Texts(forbidden))
}

/// The `type` of a seccomp profile that turns seccomp off, or that nobody knows.
fn seccomp_fault<'v>(security: &Security<'v>) -> Option<Problem<'v>> {
    security
        .seccomp
        .filter(|kind| !matches!(*kind, "RuntimeDefault" | "Localhost"))
        .map(Problem::Text)
}
