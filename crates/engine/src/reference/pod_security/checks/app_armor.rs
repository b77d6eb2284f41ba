//! `appArmorProfile`: AppArmor may not be turned off, by field or by the older annotation.

use std::collections::BTreeSet;

use super::{Check, Field, FieldError, Forbidden, Problem, in_pod_and_containers};
use crate::doc::{Control, Level, Version};
use crate::reference::pod_security::pod::Pod;

pub(super) const CHECK: Check = Check {
    id: "appArmorProfile",
    control: Some(Control::AppArmor),
    level: Level::Baseline,
    lists_images: true,
    run,
};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";

fn run<'v>(pod: &Pod<'v>, _version: Version) -> Option<Forbidden<'v>> {
    let fields = in_pod_and_containers(pod, "appArmorProfile.type", |security| {
        security
            .app_armor
            .filter(|kind| !matches!(*kind, "RuntimeDefault" | "Localhost"))
            .map(Problem::Text)
    });
    let annotations = pod.annotations.iter().filter_map(|(key, value)| {
        let profile = value.as_str().unwrap_or_default();
        let allowed = matches!(profile, "" | "runtime/default")
            || profile.starts_with("localhost/")
            || !key.starts_with(ANNOTATION);
        (!allowed).then_some(FieldError {
            field: Field::Annotation(key),
            problem: Problem::Text(profile),
        })
    });
    let mut forbidden = Forbidden::by("forbidden AppArmor profile", fields.chain(annotations))?;
    let profiles: BTreeSet<&str> = forbidden
        .errors
        .iter()
        .filter_map(|error| match error.problem {
            Problem::Text(profile) => Some(profile),
            _ => None,
        })
        .collect();
    if profiles.len() > 1 {
        forbidden.reason = "forbidden AppArmor profiles";
    }
    Some(forbidden)
}
