//! MutatingPolicies within a mutating review. They see what the rules of policies made.
//!
//! Each policy changes what those before it left; one that fails changes nothing. `request.object`
//! stays what these policies were asked about.

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::value::Value;

use crate::actions::mutate::apply_configuration::Schemas;
use crate::admit::account::Account;
use crate::admit::cel::{limit, may_wait};
use crate::admit::{Outside, Stage, Timed, surroundings};
use crate::doc::{FailurePolicy, MutatingPolicy};
use crate::facts::Fault;
use crate::outcome::{MutatingOutcome, Status};
use crate::program::Program;
use crate::reference::{Mutated, evaluate_mutating, mutating_asks_labels, mutating_speaks};
use crate::review::Review;

/// What MutatingPolicies made of a review.
#[derive(Debug, Default)]
pub(super) struct Made<'v> {
    /// The object as the last one left it.
    pub(super) object: Option<Value<'v>>,
    /// `Policy NAME: why` of each that failed, or was not decided, and fails closed.
    pub(super) errors: Vec<String>,
    /// The same of each that was not decided and fails open.
    pub(super) warnings: Vec<String>,
}

impl Made<'_> {
    /// Why the request is denied.
    pub(super) fn denial(&self, review: &Review<'_>) -> String {
        let (namespace, name, kind) = (review.namespace, review.name(), review.kind.kind);
        let errors = self.errors.join(" ");
        format!("Resource: {namespace}/{name}, Kind: {kind}, Errors: [{errors}]")
    }
}

/// Lets every MutatingPolicy that requests are subject to change the object, one after the other.
/// `unknown`: what keeps the labels of the namespace from being known. Facts that are needed first,
/// and policies that were not decided, are put down in `account`.
pub(super) fn mutate<'v>(
    program: &'v Program,
    review: &Review<'v>,
    unknown: Option<&Fault>,
    outside: Outside<'v>,
    account: &mut Account,
    bump: &'v Bump,
) -> Made<'v> {
    let mut review = *review;
    let mut made = Made::default();
    let policies = program.mutating_policies().iter();
    for policy in policies.filter(|policy| policy.answers()) {
        outside.begins(Stage::Policy(&policy.id));
        let evaluated = match unknown {
            Some(fault) if mutating_asks_labels(policy, &review) => Err(fault.clone()),
            _ => evaluated(program, policy, &review, outside, bump),
        };
        let limit = limit(policy.timeout_seconds);
        match evaluated {
            Ok(forms) => {
                review.object = forms.last().map_or(review.object, |last| last.object);
                if policy.failure_policy == FailurePolicy::Fail {
                    made.errors.extend(errors(policy, &forms));
                }
                let rules: Vec<_> = forms.into_iter().flat_map(|form| form.rules).collect();
                if !rules.is_empty() {
                    let policy = Arc::clone(policy);
                    account.mutating.push(MutatingOutcome { policy, rules });
                }
            }
            Err(Fault::Missing(fact)) if may_wait(outside, limit, &fact) => {
                account.want_within(limit, fact);
            }
            Err(fault) => {
                let reason = outside.time.reason_within(limit, &fault, outside.facts);
                let name = &policy.id.name;
                account.undecided.rules.push(format!("{name}: {reason}"));
                if fails_closed(policy, &review, outside) {
                    account.undecided.closed += 1;
                    let error = format!("Policy {name}: {reason}; failing closed");
                    made.errors.push(error);
                } else {
                    account.undecided.open += 1;
                    let warning = format!("Policy {name}: {reason}; failing open");
                    made.warnings.push(warning);
                }
            }
        }
    }
    made.object = review.object;
    made
}

fn evaluated<'v>(
    program: &'v Program,
    policy: &'v MutatingPolicy,
    review: &Review<'v>,
    outside: Outside<'v>,
    bump: &'v Bump,
) -> Result<Vec<Mutated<'v>>, Fault> {
    if !mutating_speaks(policy, review, bump) {
        return Ok(Vec::new());
    }
    let limit = limit(policy.timeout_seconds);
    // What a policy makes lives on, and with it what it was made with.
    let over: &dyn Fn() -> bool = bump.alloc(move || (outside.time.over)(limit));
    if over() {
        return Err(Fault::Stopped);
    }
    let timed = bump.alloc(Timed::new(outside.inputs, over));
    let surroundings = surroundings(program, outside, timed, over);
    let schemas = Schemas::built_in();
    evaluate_mutating(policy, schemas, None, review, &surroundings, bump)
}

/// What each form that failed says.
fn errors(policy: &MutatingPolicy, forms: &[Mutated<'_>]) -> impl Iterator<Item = String> {
    let rules = forms.iter().flat_map(|form| &form.rules);
    rules
        .filter(|rule| rule.status == Status::Error)
        .map(|rule| format!("Policy {}: {}", policy.id.name, rule.message))
}

/// Does a policy that was not decided deny the request?
fn fails_closed(policy: &MutatingPolicy, review: &Review<'_>, outside: Outside<'_>) -> bool {
    let stated = policy
        .states_failure_policy
        .then_some(policy.failure_policy);
    let mode = outside
        .modes
        .of_stated(&policy.id, stated, review.namespace);
    mode == FailurePolicy::Fail
}

#[cfg(test)]
mod tests;
