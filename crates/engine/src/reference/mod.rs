//! The reference evaluator: walks a rule as it is written and yields the exact outcome, message and
//! failing path. Plain and complete; the plan is measured against it.
//!
//! Comes in:  a policy, a review, facts.
//! Goes out:  outcomes.
//! Never here: speed bought with a second meaning.
//!
//! ```text
//! policy -> rule: match, exclude -> context -> preconditions -> exceptions -> body
//!                                                 ├─ validate: pattern, anyPattern, deny, foreach, podSecurity, cel
//!                                                 ├─ mutate: patches, foreach, targets
//!                                                 ├─ generate: triggers, and what they set off
//!                                                 └─ verifyImages: what is known without a registry
//! ```

mod admission;
mod anchors;
pub(crate) mod cel;
pub mod cleanup;
mod conditions;
mod constraints;
mod exceptions;
mod foreach;
mod forms;
pub mod generate;
pub mod matching;
pub mod mutate;
mod mutating;
pub mod pod_security;
mod rule;
#[cfg(test)]
mod testing;
mod validate;
mod validating;
pub mod verify_images;
mod wanted;

pub use admission::{Bound, evaluate_admission, mutate_admission};
pub(crate) use cel::bundle_inputs;
pub(crate) use constraints::{fits_resource, resource_of, sent_resource};
pub(crate) use mutating::mutating_asks_labels;
pub use mutating::mutating_speaks;
pub use mutating::{Mutated, MutatedTarget, evaluate_mutating};
pub(crate) use validating::{asks_labels, speaks as validating_speaks};
pub use validating::{
    evaluate_deleting, evaluate_generating, evaluate_images, evaluate_validating, generating_speaks,
};
pub use wanted::{Existent, Part, Wanted};

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::functions::Inputs;
use portcullis_lang::value::Value;

use crate::context::{Context, Queries, Setting};
use crate::doc::cel::CelException;
use crate::doc::{ApplyRules, Body, Exception, Policy, Rule};
use crate::facts::{Facts, Fault};
use crate::outcome::{RuleOutcome, Status};
use crate::review::Review;
use crate::trace::Trace;
use matching::Target;

/// What an evaluation asks besides the policy and the review; all of it answers at once.
#[derive(Clone, Copy)]
pub struct Surroundings<'v> {
    /// Answers from memory only.
    pub facts: &'v dyn Facts,
    /// The time and randomness of this evaluation.
    pub inputs: &'v dyn Inputs,
    /// Expressions parsed beforehand.
    pub queries: &'v Queries,
    /// Every exception in force.
    pub exceptions: &'v [Arc<Exception>],
    /// Every exception from policies written in CEL that is in force.
    pub cel_exceptions: &'v [Arc<CelException>],
    /// Variables that are stated from outside, by dotted path; later ones win.
    pub variables: &'v [(&'v str, Value<'v>)],
    /// Values that stand in for the context entries of the rule of the given name.
    pub rule_values: &'v dyn Fn(&str) -> Vec<(&'v str, Value<'v>)>,
    /// Who wants to know how the outcomes come about, if anybody does.
    pub trace: Option<&'v Trace>,
    /// Asked before each rule: must the answer be on its way now?
    pub stop: &'v dyn Fn() -> bool,
}

/// What the rules of one policy came to in the time that there was.
#[derive(Debug, Default)]
pub struct Evaluated {
    /// An outcome for each rule that speaks about the review, in rule order.
    pub rules: Vec<RuleOutcome>,
    /// The rules that could not be decided, and what kept them from it.
    pub undecided: Vec<(usize, Fault)>,
}

/// Evaluates the rules of one policy that say yes or no: an outcome for each that speaks about the
/// review, in rule order.
///
/// # Errors
///
/// [`Fault::Missing`]: fetch the fact and call again. [`Fault::Stopped`]: the time is over.
/// A rule that cannot be evaluated is no error here but an outcome.
pub fn evaluate<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Vec<RuleOutcome>, Fault> {
    let Evaluated { rules, undecided } = evaluate_all(policy, review, surroundings, bump)?;
    match undecided.into_iter().next() {
        Some((_, fault)) => Err(fault),
        None => Ok(rules),
    }
}

/// [`evaluate`], where a rule that cannot be decided now does not keep the others from it.
///
/// # Errors
///
/// What keeps the whole policy from being decided now.
pub fn evaluate_all<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Evaluated, Fault> {
    let mut evaluated = Evaluated::default();
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(evaluated);
    };
    let one = policy.settings().apply_rules == ApplyRules::One;
    let target = Target::of(review);
    for (index, rule) in policy.rules().iter().enumerate() {
        let said = match (surroundings.stop)() {
            true => Err(Fault::Stopped),
            false => rule::evaluate(policy, rule, review, &target, surroundings, &mut context),
        };
        let settles = match said {
            Ok(None) => false,
            Ok(Some(outcome)) => {
                let settles = matches!(outcome.status, Status::Pass | Status::Fail);
                evaluated.rules.push(outcome);
                settles
            }
            Err(fault) => {
                evaluated.undecided.push((index, fault));
                true
            }
        };
        if settles && one {
            break;
        }
    }
    Ok(evaluated)
}

/// Has the policy any rule that says yes or no?
pub fn validates(policy: &Policy) -> bool {
    let says = |rule: &Rule| {
        matches!(
            rule.body,
            Body::Validate(_) | Body::VerifyImages(_) | Body::None
        )
    };
    policy.rules().iter().any(says)
}

impl<'v> Surroundings<'v> {
    /// What expressions are evaluated with.
    fn setting(&self, bump: &'v Bump) -> Setting<'v> {
        Setting {
            trace: self.trace,
            ..Setting::new(bump, self.facts, self.inputs, self.queries)
        }
    }
}

/// The variables of a policy's rules; `None` where the policy does not speak about this review.
fn context_of<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Option<Context<'v>>, Fault> {
    if !covers(policy, review) {
        return Ok(None);
    }
    let setting = surroundings.setting(bump);
    let conditions = &policy.settings().match_conditions;
    if let Some(trace) = setting.trace.filter(|_| !conditions.is_empty()) {
        let at = policy.document().item().span();
        trace.note("policy", at, None, policy.name().to_owned());
    }
    if !cel::holds_all(conditions, review, &setting)? {
        return Ok(None);
    }
    let mut context = Context::new(setting, review);
    if policy.id().kind.is_namespaced() {
        context.set_policy_namespace(&policy.id().namespace);
    }
    for (key, value) in surroundings.variables {
        context.provide(key, *value);
    }
    Ok(Some(context))
}

/// A Policy speaks about its own namespace only, a ClusterPolicy about everything.
fn covers(policy: &Policy, review: &Review<'_>) -> bool {
    let namespace = review
        .resource()
        .get("metadata")
        .unwrap_or_default()
        .text("namespace");
    !policy.id().kind.is_namespaced()
        || (!namespace.is_empty() && namespace == policy.id().namespace)
}
