//! `mutate` rules: what they make of a resource.
//!
//! Comes in:  a policy, a review, facts; and existing resources, where rules change those.
//! Goes out:  an outcome for each rule, the object as the last of them left it, and the patches of
//!            existing resources.
//! Never here: patches themselves (see `actions::mutate`).
//!
//! ```text
//! object ─ rule 1 ─> object' ─ rule 2 ─> object'' ─> ...     each rule sees what is there by then
//!             └─ targets: rule 1 changes other objects instead
//! ```

mod apply;
mod existing;
mod foreach;

use bumpalo::Bump;
use portcullis_lang::value::Value;

use super::matching::{self, Target};
use super::{Surroundings, Wanted, context_of, rule};
use crate::context::Context;
use crate::doc::{ApplyRules, Body, Mutate, Policy, Rule};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

use apply::{Change, Said};

pub use existing::{Existing, Listing, TargetId, TargetPatch};

/// What the mutate rules of a policy made of a review.
#[derive(Debug, Default)]
pub struct Mutation<'v> {
    /// One outcome for each rule that spoke, in rule order; for a rule that changes existing
    /// resources, one for each of those.
    pub rules: Vec<RuleOutcome>,
    /// The object after the last rule; `None` where a patch could not be applied, and all that was
    /// made is void.
    pub object: Option<Value<'v>>,
    /// What is to be done to existing resources, in rule order. Each patch is made for the resource as
    /// it was listed: where several rules change one resource, list it anew after the first.
    pub targets: Vec<TargetPatch<'v>>,
    /// The existing resources that rules name and nobody has listed yet ([`Existing::Listed`]). While
    /// there are any, `targets` is not complete.
    pub unlisted: Vec<Wanted>,
}

/// Has the policy any mutate rule?
pub fn mutates(policy: &Policy) -> bool {
    policy
        .rules()
        .iter()
        .any(|rule| matches!(rule.body, Body::Mutate(_)))
}

/// Evaluates the mutate rules of one policy, and plans what those with `targets` do: the gate, `apply`,
/// `test` and whoever carries a plan out call this.
///
/// A rule with `targets` is planned when a request triggers it, and with `mutateExistingOnPolicyUpdate`
/// for each existing resource that it matches, as if that were created just now
/// ([`Review::of_resource`]).
///
/// Cost: one patch for each existing resource that fits; [`TargetPatch::operations`] comes on top.
///
/// # Errors
///
/// As [`super::evaluate`].
pub fn mutate<'v>(
    policy: &'v Policy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    existing: Existing<'v>,
    bump: &'v Bump,
) -> Result<Mutation<'v>, Fault> {
    let mut mutation = Mutation {
        rules: Vec::new(),
        object: review.object,
        ..Mutation::default()
    };
    // A rule may fit what an earlier one made, but somebody has to begin.
    if surroundings.trace.is_none() && !begins(policy, review) {
        return Ok(mutation);
    }
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(mutation);
    };
    for rule in policy.rules() {
        let Body::Mutate(body) = &rule.body else {
            continue;
        };
        let Some(object) = mutation.object else {
            break;
        };
        if (surroundings.stop)() {
            return Err(Fault::Stopped);
        }
        let review = Review {
            object: Some(object),
            ..*review
        };
        let step = Step {
            policy,
            rule,
            body,
            review: &review,
            surroundings,
            existing,
        };
        let settled = step.run(&mut mutation, &mut context)?;
        if settled && policy.settings().apply_rules == ApplyRules::One {
            break;
        }
    }
    Ok(mutation)
}

/// Plans what one rule with `targets` does, and nothing else of its policy: for whoever carries out a rule
/// that a request has triggered.
///
/// # Errors
///
/// As [`mutate`].
pub fn mutate_by<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    listings: &'v [Listing<'v>],
    bump: &'v Bump,
) -> Result<Mutation<'v>, Fault> {
    let mut mutation = Mutation {
        object: review.object,
        ..Mutation::default()
    };
    let Body::Mutate(body) = &rule.body else {
        return Ok(mutation);
    };
    let Some(mut context) = context_of(policy, review, surroundings, bump)? else {
        return Ok(mutation);
    };
    let step = Step {
        policy,
        rule,
        body,
        review,
        surroundings,
        existing: Existing::Listed(listings),
    };
    step.run(&mut mutation, &mut context)?;
    Ok(mutation)
}

/// Is any mutate rule about this review as it is?
fn begins(policy: &Policy, review: &Review<'_>) -> bool {
    let target = Target::of(review);
    let mut rules = policy.rules().iter();
    rules.any(|rule| matches!(rule.body, Body::Mutate(_)) && matching::applies(rule, &target))
}

/// One rule on one review.
struct Step<'r, 'v> {
    policy: &'v Policy,
    rule: &'v Rule,
    body: &'v Mutate,
    review: &'r Review<'v>,
    surroundings: &'r Surroundings<'v>,
    existing: Existing<'v>,
}

impl<'v> Step<'_, 'v> {
    /// Adds what the rule said and did. Did it apply?
    fn run(&self, mutation: &mut Mutation<'v>, context: &mut Context<'v>) -> Result<bool, Fault> {
        if self.body.is_existing() && matches!(self.existing, Existing::Later) {
            return Ok(false);
        }
        if !rule::matches(self.rule, &Target::of(self.review), context) {
            return Ok(false);
        }
        let start = context.checkpoint();
        let said = self.matched(mutation, context);
        context.restore(start);
        let (outcomes, change) = said?;
        let last = outcomes.last();
        rule::note_outcome(self.rule, Some(last), context);
        match change {
            Change::None => {}
            Change::Object(object) => {
                mutation.object = Some(object);
                context.replace_object(object);
            }
            Change::Void => mutation.object = None,
        }
        let settled = last.is_some_and(|last| matches!(last.status, Status::Pass | Status::Fail));
        mutation.rules.extend(outcomes);
        Ok(settled)
    }

    fn matched(
        &self,
        mutation: &mut Mutation<'v>,
        context: &mut Context<'v>,
    ) -> Result<(Vec<RuleOutcome>, Change<'v>), Fault> {
        let opened = rule::open(
            self.policy,
            self.rule,
            RuleType::Mutation,
            self.review,
            self.surroundings,
            context,
        )?;
        let properties = match opened {
            Ok(opened) => opened.properties,
            Err(outcome) => return Ok((vec![outcome], Change::None)),
        };
        let mut outcomes = Vec::new();
        let mut change = Change::None;
        if self.body.is_existing() {
            outcomes = existing::run(self, mutation, context)?;
        } else {
            let Said {
                status,
                message,
                change: made,
            } = apply::rule(self.rule, self.body, self.review.resource(), context)?;
            outcomes.push(self.outcome(status, message));
            change = made;
        }
        for outcome in &mut outcomes {
            outcome.properties.clone_from(&properties);
        }
        Ok((outcomes, change))
    }

    fn outcome(&self, status: Status, message: String) -> RuleOutcome {
        RuleOutcome::new(&self.rule.name, RuleType::Mutation, status, message)
    }
}
