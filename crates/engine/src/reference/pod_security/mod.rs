//! `validate.podSecurity`: the Pod Security Standards of Kubernetes.
//!
//! Comes in:  a level and version of the standard, what is excused, and a Pod or a controller.
//! Goes out:  [`Outcome`]: passed, or which checks forbid it and which fields are at fault.
//! Never here: reading the policy (see `doc`), which exceptions match.
//!
//! ```text
//! resource -> pod -> checks -> violations -> excuse -> report: message, properties
//! ```
//!
//! A Pod that passes costs one read of the fields that checks look at and no heap allocation.

mod checks;
mod excuse;
mod field;
mod pod;
mod report;

#[cfg(test)]
mod tests;

use bumpalo::Bump;
use portcullis_lang::value::Value;

use crate::doc::{Exclude, PodSecurity};
use checks::{Check, Forbidden};
use pod::{Container, Holder, Pod};

/// A PolicyException that matches the rule and the resource.
#[derive(Clone, Copy, Debug)]
pub struct Exception<'a> {
    /// `namespace/name`.
    pub key: &'a str,
    /// Its `podSecurity`; where it has none, it excuses the whole rule.
    pub excludes: &'a [Exclude],
}

/// What a rule says of a resource.
#[derive(Clone, Debug)]
pub enum Outcome<'v> {
    /// Nothing is violated, or everything that is, is excused by the rule itself.
    Passed,
    /// Something is.
    Failed(Violations<'v>),
    /// Exceptions excuse it: the message.
    Skipped(String),
    /// It could not be told: the message.
    Error(String),
}

/// The checks that forbid a Pod.
#[derive(Clone, Debug)]
pub struct Violations<'v> {
    holder: Holder,
    /// Never empty; in the order of the checks.
    list: Vec<Violation<'v>>,
}

/// One check that forbids a Pod.
#[derive(Clone, Debug)]
struct Violation<'v> {
    check: &'static Check,
    forbidden: Forbidden<'v>,
    /// Whose images a report lists. Excuses do not shorten it.
    containers: Vec<&'v Container<'v>>,
}

/// Evaluates a rule.
///
/// - `exceptions`: those that match. They count only where the rule would fail, unless one of them
///   excuses the whole rule.
/// - `resource`: of any kind; anything that holds no Pod is an error.
///
/// Allocates on the heap only for what is violated.
pub fn evaluate<'v>(
    rule: &PodSecurity,
    exceptions: &[Exception<'_>],
    resource: Value<'v>,
    bump: &'v Bump,
) -> Outcome<'v> {
    if let Some(whole) = exceptions.iter().find(|it| it.excludes.is_empty()) {
        let key = whole.key;
        return Outcome::Skipped(format!("rule is skipped due to policy exception {key}"));
    }
    let Some(holder) = Holder::of(resource.text("kind")) else {
        return cannot_read("could not find correct resource type");
    };
    let pod = match Pod::read(holder, resource, bump) {
        Ok(pod) => pod,
        Err(found) => return cannot_read(&found.to_string()),
    };
    let mut list = run(rule, &pod);
    excuse::excuse(&mut list, &rule.excludes, rule, &pod, bump);
    if list.is_empty() {
        return Outcome::Passed;
    }
    for exception in exceptions {
        excuse::excuse(&mut list, exception.excludes, rule, &pod, bump);
    }
    if list.is_empty() {
        let keys: Vec<&str> = exceptions.iter().map(|it| it.key).collect();
        let keys = keys.join(", ");
        return Outcome::Skipped(format!("rule is skipped due to policy exceptions {keys}"));
    }
    Outcome::Failed(Violations { holder, list })
}

fn cannot_read(why: &str) -> Outcome<'static> {
    Outcome::Error(format!("Error while getting new resource: {why}"))
}

/// Runs the checks of the rule's level.
fn run<'v>(rule: &PodSecurity, pod: &Pod<'v>) -> Vec<Violation<'v>> {
    let checks = checks::ALL
        .into_iter()
        .filter(|check| check.belongs_to(rule.level));
    checks
        .filter_map(|check| {
            let forbidden = (check.run)(pod, rule.version)?;
            Some(Violation {
                check,
                containers: listed(check, &forbidden),
                forbidden,
            })
        })
        .collect()
}

/// The containers at fault, each once, in the order of visits.
fn listed<'v>(check: &Check, forbidden: &Forbidden<'v>) -> Vec<&'v Container<'v>> {
    let mut containers: Vec<&Container<'_>> = Vec::new();
    if check.lists_images {
        for container in forbidden
            .errors
            .iter()
            .filter_map(|it| it.field.container())
        {
            if !containers.iter().any(|seen| std::ptr::eq(*seen, container)) {
                containers.push(container);
            }
        }
    }
    containers
}
