//! Taking excused errors out of what the checks found.
//!
//! An excuse covers errors, not fields: the checks of its control run on a second Pod that holds
//! only what the excuse is about, and what they find there is what is excused. With images that
//! Pod has only the containers whose image fits, and nothing else. Without, it has everything but
//! containers; a nameless one stands in for them, because a check of what containers do not state
//! needs one to speak.

use bumpalo::Bump;

use super::Violation;
use super::checks::{self, Forbidden};
use super::field::FieldError;
use super::pod::{Container, Group, Pod};
use crate::doc::{Exclude, PodSecurity};

/// Takes out of `violations` what `excludes` cover; violations with nothing left go.
pub(super) fn excuse<'v>(
    violations: &mut Vec<Violation<'v>>,
    excludes: &[Exclude],
    rule: &PodSecurity,
    pod: &Pod<'v>,
    bump: &'v Bump,
) {
    for exclude in excludes {
        let excused_pod = excused_pod(exclude, pod, bump);
        let checks = checks::ALL
            .into_iter()
            .filter(|check| check.control == Some(exclude.control) && check.belongs_to(rule.level));
        for check in checks {
            let Some(violation) = violations.iter_mut().find(|v| v.check.id == check.id) else {
                continue;
            };
            if let Some(excused) = (check.run)(&excused_pod, rule.version) {
                take_out(&mut violation.forbidden, &excused, exclude);
            }
        }
    }
    violations.retain(|violation| {
        violation.check.control.is_none() || !violation.forbidden.errors.is_empty()
    });
}

fn excused_pod<'v>(exclude: &Exclude, pod: &Pod<'v>, bump: &'v Bump) -> Pod<'v> {
    if exclude.images.is_empty() {
        let stand_in = Container::nameless(Group::Main);
        return Pod {
            containers: bump.alloc_slice_copy(&[stand_in]),
            ..*pod
        };
    }
    let mut containers = bumpalo::collections::Vec::new_in(bump);
    containers.extend(pod.containers.iter().filter(|container| {
        let mut images = exclude.images.iter();
        images.any(|image| image.matches(container.image))
    }));
    Pod {
        containers: containers.into_bump_slice(),
        ..Pod::default()
    }
}

/// Takes out one error for each excused one that `exclude` covers: the first on the same field.
///
/// The last error moves into the gap, as in the reference, and messages show that order.
fn take_out(found: &mut Forbidden<'_>, excused: &Forbidden<'_>, exclude: &Exclude) {
    let covered = |error: &&FieldError<'_>| {
        let field = &exclude.restricted_field;
        let value_fits = |value: &str| exclude.values.iter().any(|known| known.matches(value));
        (field.is_empty() || *field == error.field.general())
            && (exclude.values.is_empty() || error.problem.all_values(value_fits))
    };
    for excused in excused.errors.iter().filter(covered) {
        let field = excused.field.general();
        let name = excused.field.container().map(|container| container.name);
        let same = found.errors.iter().position(|error| {
            let container = error.field.container();
            error.field.general() == field
                && (exclude.images.is_empty() || container.map(|it| it.name) == name)
        });
        if let Some(index) = same {
            found.errors.swap_remove(index);
        }
    }
}
