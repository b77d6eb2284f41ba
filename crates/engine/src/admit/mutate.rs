//! What mutate policies make of a review, and the patch that says so.

use bumpalo::Bump;
use portcullis_lang::value::Value;

use super::{Outside, surroundings, unresolved};
use crate::actions::mutate::json_patch;
use crate::doc::{FailurePolicy, Policy};
use crate::facts::{Fact, Fault};
use crate::outcome::{RuleOutcome, Status};
use crate::program::Program;
use crate::reference::mutate::{Existing, mutate as evaluate};
use crate::review::{Operation, Review};
use crate::verdict::Verdict;

/// Applies every mutate policy to the object, one after the other: the verdict with the patch, and
/// how many policies were cut short.
///
/// A policy that fails changes nothing. The request is denied where it, or one before it, fails
/// closed.
///
/// # Errors
///
/// The fact that is needed first.
pub(super) fn mutate<'v>(
    program: &'v Program,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<(Verdict, usize), Fact> {
    let mut verdict = Verdict::default();
    let mut undecided = 0;
    let (Some(before), false) = (review.object, review.operation == Operation::Delete) else {
        return Ok((verdict, undecided));
    };
    let surroundings = surroundings(program, outside);
    let mut current = *review;
    let mut fails_closed = false;
    for policy in program.mutating() {
        fails_closed |= policy.settings().failure_policy == FailurePolicy::Fail;
        let rules = match evaluate(policy, &current, &surroundings, Existing::Later, bump) {
            Ok(mutation) => {
                let changed = mutation
                    .rules
                    .iter()
                    .any(|rule| rule.status == Status::Pass);
                if let Some(object) = mutation.object.filter(|_| changed) {
                    current = current.with_object(object, bump);
                }
                mutation.rules
            }
            Err(Fault::Missing(fact)) if !(outside.stop)() => return Err(fact),
            Err(fault) => {
                let rules = unresolved(policy, &current, &fault);
                undecided += usize::from(!rules.is_empty());
                rules
            }
        };
        let failed: Vec<_> = rules
            .iter()
            .filter(|rule| rule.status == Status::Error)
            .collect();
        if fails_closed && !failed.is_empty() {
            let denial = Some(denial(policy, &failed));
            return Ok((
                Verdict {
                    denial,
                    ..Verdict::default()
                },
                undecided,
            ));
        }
        warn(policy, &rules, &mut verdict);
    }
    verdict.patch = patch(before, current.object.unwrap_or(before), bump);
    Ok((verdict, undecided))
}

fn denial(policy: &Policy, failed: &[&RuleOutcome]) -> String {
    let name = policy.name();
    let rules: Vec<_> = failed
        .iter()
        .map(|rule| format!("{}: {}", rule.rule, rule.message))
        .collect();
    let rules = rules.join(" ");
    format!("mutation policy {name} error: failed to apply policy {name} rules [{rules}]")
}

/// What clients are told: all that was done, where the policy says so, and what was not decided.
fn warn(policy: &Policy, rules: &[RuleOutcome], verdict: &mut Verdict) {
    let emits = policy.settings().emit_warning;
    let told = |rule: &&RuleOutcome| match rule.status {
        Status::Skip => false,
        Status::Warn => true,
        _ => emits,
    };
    let warning =
        |rule: &RuleOutcome| format!("policy {}.{}: {}", policy.name(), rule.rule, rule.message);
    verdict
        .warnings
        .extend(rules.iter().filter(told).map(warning));
}

/// The patch as JSON; `None` where there is nothing to change.
fn patch<'v>(before: Value<'v>, after: Value<'v>, bump: &'v Bump) -> Option<String> {
    let operations = json_patch::diff(before, after, bump);
    (!operations.is_empty()).then(|| json_patch::write(&operations))
}

#[cfg(test)]
mod tests;
