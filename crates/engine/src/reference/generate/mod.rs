//! `generate` rules: which resources set them off, and what they make then.
//!
//! Comes in:  a policy, a review, facts, and the resources that are copied.
//! Goes out:  an outcome for each rule, and the resources to make.
//! Never here: a cluster in which they are made, and kept in step.
//!
//! ```text
//! review ─ trigger ─> pass, skip, fail (the trigger is gone: so should be what it made)
//!                      └─ plan ─> resources, with labels that say where they come from
//! ```

mod plan;

use bumpalo::Bump;
use portcullis_lang::value::Value;

use super::matching::{self, Target};
use super::{Surroundings, Wanted, conditions, context_of, exceptions, rule};
use crate::context::Context;
use crate::doc::{ApplyRules, Body, Generate, Policy, Rule};
use crate::facts::{FactKind, Fault};
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

pub use plan::PlanError;

/// Looks up the resources that are copied.
pub type Sources<'v> = dyn Fn(&Wanted) -> Vec<Value<'v>> + 'v;

/// What one generate rule said of a review, and makes of it.
#[derive(Debug)]
pub struct Generation<'v> {
    /// Pass: set off. Skip: its preconditions do not hold. Fail: it was set off by what the object
    /// was before, and no longer is.
    pub outcome: RuleOutcome,
    /// What it makes, where it was set off.
    pub downstream: Result<Vec<Value<'v>>, PlanError>,
}

/// Has the policy any generate rule?
pub fn generates(policy: &Policy) -> bool {
    let mut rules = policy.rules().iter();
    rules.any(|rule| matches!(rule.body, Body::Generate(_)))
}

/// Evaluates the generate rules of one policy.
///
/// # Errors
///
/// As [`super::evaluate`]. A rule whose resources cannot be made is none: its outcome says that it
/// was set off, its plan says what is wrong.
pub fn generate<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    sources: &Sources<'v>,
    bump: &'v Bump,
) -> Result<Vec<Generation<'v>>, Fault> {
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(Vec::new());
    };
    let mut generations = Vec::new();
    for rule in policy.rules() {
        let Body::Generate(body) = &rule.body else {
            continue;
        };
        if (surroundings.stop)() {
            return Err(Fault::Stopped);
        }
        let step = Step {
            policy,
            rule,
            body,
            review,
            surroundings,
            sources,
        };
        // The reference's command line is silent about a rule whose context cannot be loaded.
        let Some(generation) = step.run(&mut context)?.filter(Generation::is_settled) else {
            continue;
        };
        let settles = matches!(generation.outcome.status, Status::Pass | Status::Fail);
        generations.push(generation);
        if settles && policy.settings().apply_rules == ApplyRules::One {
            break;
        }
    }
    Ok(generations)
}

/// Evaluates one generate rule of a policy; `None` where it says nothing about the review, nor about
/// what was there before.
///
/// A rule whose context cannot be loaded is an outcome here, an error: whoever keeps in step what the
/// rule made must not take it for a rule that no longer matches.
///
/// # Errors
///
/// As [`generate`].
pub fn generate_by<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    sources: &Sources<'v>,
    bump: &'v Bump,
) -> Result<Option<Generation<'v>>, Fault> {
    let Body::Generate(body) = &rule.body else {
        return Ok(None);
    };
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(None);
    };
    let step = Step {
        policy,
        rule,
        body,
        review,
        surroundings,
        sources,
    };
    step.run(&mut context)
}

impl Generation<'_> {
    /// Did the rule get as far as its preconditions?
    fn is_settled(&self) -> bool {
        !self.outcome.message.starts_with(NOT_LOADED)
    }
}

const NOT_LOADED: &str = "failed to load context: ";

/// One rule on one review.
struct Step<'r, 'v> {
    policy: &'v Policy,
    rule: &'v Rule,
    body: &'v Generate,
    review: &'r Review<'v>,
    surroundings: &'r Surroundings<'v>,
    sources: &'r Sources<'v>,
}

impl<'v> Step<'_, 'v> {
    fn run(&self, context: &mut Context<'v>) -> Result<Option<Generation<'v>>, Fault> {
        let start = context.checkpoint();
        let generation = one(self, context);
        context.restore(start);
        if let Ok(Some(generation)) = &generation {
            rule::note_outcome(self.rule, Some(Some(&generation.outcome)), context);
        }
        generation
    }
}

fn one<'v>(
    step: &Step<'_, 'v>,
    context: &mut Context<'v>,
) -> Result<Option<Generation<'v>>, Fault> {
    let Step {
        policy,
        rule,
        body,
        review,
        surroundings,
        sources,
    } = *step;
    let settled = |status, message: String| {
        Some(Generation {
            outcome: RuleOutcome::new(&rule.name, RuleType::Generation, status, message),
            downstream: Ok(Vec::new()),
        })
    };
    if !rule::matches(rule, &Target::of(review), context) {
        let was_matched =
            before(review).is_some_and(|old| matching::applies(rule, &Target::of(&old)));
        return Ok(was_matched
            .then(|| settled(Status::Fail, String::new()))
            .flatten());
    }
    for (key, value) in (surroundings.rule_values)(&rule.name) {
        context.provide(key, value);
    }
    match context.register(&rule.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            return Ok(settled(Status::Error, format!("{NOT_LOADED}{text}")));
        }
        Err(fault) => return Err(fault),
    }
    match preconditions(rule, context)? {
        Ok(true) => {}
        Ok(false) => {
            let Some(old) = review.old_object else {
                return Ok(settled(Status::Skip, String::new()));
            };
            context.replace_object(old);
            let held = matches!(preconditions(rule, context)?, Ok(true));
            let status = if held { Status::Fail } else { Status::Skip };
            return Ok(settled(status, String::new()));
        }
        Err(text) => {
            let message = format!("failed to evaluate conditions: {text}");
            return Ok(settled(Status::Error, message));
        }
    }
    let exceptions = exceptions::applying(policy, rule, review, surroundings, context)?;
    if let Some(outcome) = rule::let_off(rule, RuleType::Generation, &exceptions) {
        let downstream = Ok(Vec::new());
        return Ok(Some(Generation {
            outcome,
            downstream,
        }));
    }
    let origin = plan::Origin {
        policy,
        rule,
        trigger: review,
        in_cluster: surroundings.facts.offers(FactKind::Kubernetes),
    };
    let downstream = match plan::plan(&origin, body, sources, context) {
        Ok(made) => Ok(made),
        Err(PlanError::Fault(fault @ (Fault::Missing(_) | Fault::Stopped))) => return Err(fault),
        Err(error) => Err(error),
    };
    let outcome = RuleOutcome::new(&rule.name, RuleType::Generation, Status::Pass, "");
    Ok(Some(Generation {
        outcome,
        downstream,
    }))
}

/// The review of what was there before.
fn before<'v>(review: &Review<'v>) -> Option<Review<'v>> {
    review.object?;
    Some(Review {
        object: Some(review.old_object?),
        old_object: None,
        ..*review
    })
}

/// Do the rule's preconditions hold? `Err` where they cannot be evaluated.
fn preconditions<'v>(
    rule: &'v Rule,
    context: &mut Context<'v>,
) -> Result<Result<bool, String>, Fault> {
    let Some(block) = &rule.preconditions else {
        return Ok(Ok(true));
    };
    match conditions::noted("preconditions", block.item(), context) {
        Ok(held) => Ok(Ok(held.holds)),
        Err(Fault::Error(text)) => Ok(Err(text)),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests;
