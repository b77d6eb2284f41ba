//! What mutate policies make of a review, and the patch that says so.

mod cel;

use bumpalo::Bump;
use portcullis_lang::value::Value;

use super::account::{Account, Resolver};
use super::labels::Situated;
use super::{Outside, Pending, Stage, Timed, surroundings};
use crate::actions::mutate::json_patch;
use crate::doc::{Body, Policy, Rule};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::program::Program;
use crate::reference::matching::{self, Target};
use crate::reference::mutate::{Existing, mutate as evaluate};
use crate::review::Operation;
use crate::verdict::Verdict;

/// Applies every mutate policy to the object, one after the other, those with rules first: the verdict
/// with the patch, what each of them said, and what was cut short.
///
/// A policy that fails changes nothing. The request is denied where it, or one before it, fails
/// closed.
///
/// # Errors
///
/// The facts that are needed first.
pub(super) fn mutate<'v>(
    program: &'v Program,
    situated: &Situated<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<(Verdict, Account), Pending> {
    let mut verdict = Verdict::default();
    let mut account = Account::default();
    let review = &situated.review;
    let (Some(before), false) = (review.object, review.operation == Operation::Delete) else {
        return Ok((verdict, account));
    };
    let mut current = *review;
    for (policy, fails_closed) in program.mutating(review.kind.kind) {
        let review = current;
        outside.begins(Stage::Policy(policy.id()));
        // What a policy makes lives on, and with it what it was made with.
        let over: &dyn Fn() -> bool = bump.alloc(move || outside.time.is_over_for(policy));
        let timed = bump.alloc(Timed::new(outside.inputs, over));
        let unknown = situated.unknown.as_ref();
        let blind = unknown.filter(|_| program.policy_asks_namespace_labels(policy, &review.kind));
        let surroundings = surroundings(program, outside, timed, over);
        let evaluated = match blind {
            Some(fault) => Err(fault.clone()),
            None => evaluate(policy, &review, &surroundings, Existing::Later, bump),
        };
        let speaks: &dyn Fn(&Rule, &Target<'_>) -> bool = match blind {
            Some(_) => &matching::may_apply,
            None => &matching::applies,
        };
        let speaks = |rule: &Rule, target: &Target<'_>| changes(rule) && speaks(rule, target);
        let mut resolver = Resolver::new(policy, &review, outside, &speaks);
        let rules = match evaluated {
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
            Err(Fault::Missing(fact)) if resolver.may_wait(&fact) => {
                // The others may need more, which is fetched at the same time.
                account.want(policy, fact);
                continue;
            }
            Err(fault) => {
                let rules = 0..policy.rules().len();
                let resolve = |index| resolver.resolve(index, &fault, RuleType::Mutation);
                rules.filter_map(resolve).collect()
            }
        };
        let denies = fails_closed || resolver.closed();
        resolver.count(&mut account.undecided);
        let failed: Vec<_> = rules
            .iter()
            .filter(|rule| rule.status == Status::Error)
            .collect();
        if denies && !failed.is_empty() {
            if outside.modes.audit_everything {
                verdict.spared = true;
            } else {
                verdict.denial.get_or_insert(denial(policy, &failed));
                account.spoke(policy, rules);
                break;
            }
        }
        warn(policy, &rules, &mut verdict);
        account.spoke(policy, rules);
    }
    if verdict.denial.is_none() {
        let unknown = situated.unknown.as_ref();
        let made = cel::mutate(program, &current, unknown, outside, &mut account, bump);
        if made.errors.is_empty() {
            current.object = made.object;
        } else if !outside.modes.audit_everything {
            verdict.denial = Some(made.denial(review));
        } else {
            current.object = made.object;
            verdict.spared = true;
            verdict.warnings.extend(made.errors);
        }
        verdict.warnings.extend(made.warnings);
    }
    if !account.missing.is_empty() {
        return Err(Pending::Facts(account.missing));
    }
    verdict.undecided.clone_from(&account.undecided.rules);
    match verdict.denial {
        Some(_) => verdict.warnings.clear(),
        None => verdict.patch = patch(before, current.object.unwrap_or(before), bump),
    }
    Ok((verdict, account))
}

fn changes(rule: &Rule) -> bool {
    matches!(&rule.body, Body::Mutate(mutate) if !mutate.is_existing())
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
        Status::Error if verdict.spared => true,
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
