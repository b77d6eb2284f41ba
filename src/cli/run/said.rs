//! What the engine says of one resource under one policy, in one step.
//!
//! Comes in:  a policy, a review, what surrounds it.
//! Goes out:  [`Said`], one for each response that is recorded.
//! Never here: facts that are missing (see the room's door); the order of steps.

use bumpalo::Bump;
use portcullis_engine::doc::{AnyPolicy, Constraints, Mode, ValidatingPolicy, Variant};
use portcullis_engine::facts::Fault;
use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_engine::reference::cleanup::cleanup;
use portcullis_engine::reference::generate::{Generation, generate};
use portcullis_engine::reference::mutate::{Existing, Listing, mutate};
use portcullis_engine::reference::verify_images::verify;
use portcullis_engine::reference::{
    self, Bound, Existent, Mutated, Surroundings, Wanted, evaluate_deleting, evaluate_generating,
    evaluate_images, evaluate_mutating, mutate_admission,
};
use portcullis_engine::review::Review;
use portcullis_lang::value::{Document, Map, Value};

use super::step::changes_existing;
use super::targets::Looked;
use super::{Run, Step};

/// What one policy said in one step.
#[derive(Default)]
pub(super) struct Said {
    pub(super) rules: Vec<RuleOutcome>,
    /// The object as the policy left it, where it changed it.
    pub(super) patched: Option<Document>,
}

impl Run {
    /// Asks the engine. A policy of several forms has an answer for each.
    pub(super) fn said<'v>(
        &'v self,
        step: Step,
        policy: &'v AnyPolicy,
        review: &Review<'v>,
        surroundings: &Surroundings<'v>,
        looked: &'v Looked,
        bump: &'v Bump,
    ) -> Result<Vec<Said>, Fault> {
        match (step, policy) {
            (Step::Mutate, among @ AnyPolicy::Rules(policy)) => {
                let existing = match self.targets {
                    None => Existing::Among(self.existing(among, bump)),
                    Some(_) => Existing::Listed(listings(looked, bump)),
                };
                let mutation = mutate(policy, review, surroundings, existing, bump)?;
                looked.unlisted.borrow_mut().extend(mutation.unlisted);
                Ok(vec![changed(review, mutation.rules, mutation.object)])
            }
            (Step::Mutate, among @ AnyPolicy::Mutating(policy)) => {
                let (existing, schemas) = (Some(self.existing(among, bump)), &self.schemas);
                let said =
                    evaluate_mutating(policy, schemas, existing, review, surroundings, bump)?;
                // A form that does not speak about the resource is passed over where that is all
                // that its constraints could say.
                let is_simple = |mutated: &Mutated<'_>| {
                    let constraints = mutated.variant.constraints.as_ref();
                    constraints.is_some_and(Constraints::is_simple)
                };
                let recorded = said
                    .into_iter()
                    .filter(|mutated| !mutated.rules.is_empty() || !is_simple(mutated));
                let recorded =
                    recorded.map(|Mutated { rules, object, .. }| changed(review, rules, object));
                Ok(recorded.collect())
            }
            (Step::Mutate, AnyPolicy::Admission(policy)) => {
                let (bound, schemas) = (self.bound(bump), &self.schemas);
                let mutation =
                    mutate_admission(policy, &bound, schemas, review, surroundings, bump)?;
                Ok(match mutation.rules.is_empty() {
                    true => Vec::new(),
                    false => vec![changed(review, mutation.rules, mutation.object)],
                })
            }
            (Step::VerifyImages, AnyPolicy::Rules(policy)) => {
                let rules = verify(policy, review, surroundings, bump)?;
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Validate, AnyPolicy::Rules(policy)) => {
                let mut rules = reference::evaluate(policy, review, surroundings, bump)?;
                // The step before said why images cannot be verified.
                rules.retain(|rule| {
                    rule.kind != RuleType::ImageVerify || rule.status != Status::Error
                });
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Validate, AnyPolicy::Validating(policy)) => {
                let said = reference::evaluate_validating(policy, review, surroundings, bump)?;
                Ok(recorded(policy, said))
            }
            (Step::Validate, AnyPolicy::Admission(policy)) => {
                let bound = self.bound(bump);
                let said =
                    reference::evaluate_admission(policy, &bound, review, surroundings, bump)?;
                let rules = said.into_iter().collect();
                let patched = None;
                Ok(vec![Said { rules, patched }])
            }
            (Step::Generate, AnyPolicy::Rules(policy)) => {
                let sources = |wanted: &Wanted| self.clone_sources.find(policy, wanted);
                let generations = generate(policy, review, surroundings, &sources, bump)?;
                let rules: Vec<_> = generations.into_iter().map(made).collect();
                // Nothing is recorded where nothing was said.
                let patched = None;
                Ok(match rules.is_empty() {
                    true => Vec::new(),
                    false => vec![Said { rules, patched }],
                })
            }
            (Step::Generate, AnyPolicy::Generating(policy)) => {
                let said = evaluate_generating(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Delete, AnyPolicy::Deleting(policy)) => {
                let said = evaluate_deleting(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Delete, AnyPolicy::Cleanup(policy)) => {
                let said = cleanup(policy, review, surroundings, bump)?;
                Ok(spoken(said))
            }
            (Step::Validate, AnyPolicy::Images(policy)) => {
                evaluate_images(policy, review, bump).map(spoken)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// What a policy may change beside the object of the review.
    fn existing<'v>(&'v self, policy: &AnyPolicy, bump: &'v Bump) -> &'v [Existent<'v>] {
        if !changes_existing(policy) {
            return &[];
        }
        let objects = self.existing.iter().map(Document::root);
        let objects = objects.map(Existent::whole);
        bump.alloc_slice_fill_iter(objects)
    }

    fn bound<'v>(&'v self, bump: &'v Bump) -> Bound<'v> {
        let params = self.params.iter().map(Document::root);
        Bound {
            bindings: &self.policies.bindings,
            params: bump.alloc_slice_fill_iter(params),
            cluster: self.live.is_some(),
        }
    }
}

/// What was found in the cluster so far.
fn listings<'v>(looked: &'v Looked, bump: &'v Bump) -> &'v [Listing<'v>] {
    let listings = looked.found.iter().map(|(wanted, found)| Listing {
        wanted: wanted.clone(),
        found: found.iter().map(|one| one.existent()).collect(),
    });
    bump.alloc_slice_fill_iter(listings.collect::<Vec<_>>())
}

/// What became of the object of a review.
fn changed(review: &Review<'_>, rules: Vec<RuleOutcome>, object: Option<Value<'_>>) -> Said {
    let patched = match object {
        Some(object) if review.object == Some(object) => None,
        Some(object) => Some(Document::from_value(object)),
        None if review.object.is_none() => None,
        None => Some(Document::from_value(Value::Map(Map::EMPTY))),
    };
    Said { rules, patched }
}

/// What was said, if anything was: silence is not recorded.
fn spoken(said: Option<RuleOutcome>) -> Vec<Said> {
    let said = said.into_iter().map(|outcome| Said {
        rules: vec![outcome],
        ..Said::default()
    });
    said.collect()
}

/// The outcome of a generate rule with what it made; what cannot be made is left out.
fn made(generation: Generation<'_>) -> RuleOutcome {
    let mut outcome = generation.outcome;
    let resources = generation.downstream.unwrap_or_default();
    outcome.generated = resources.into_iter().map(Document::from_value).collect();
    outcome
}

/// The rules of each response that is recorded: a form of the policy that does not speak about the
/// resource is passed over where that is all that its constraints could say.
fn recorded(policy: &ValidatingPolicy, said: Vec<(&Variant, Option<RuleOutcome>)>) -> Vec<Said> {
    let is_recorded = |(variant, outcome): &(&Variant, Option<RuleOutcome>)| {
        let simple = variant
            .constraints
            .as_ref()
            .is_some_and(Constraints::is_simple);
        outcome.is_some() || !(simple || policy.mode == Mode::Json)
    };
    said.into_iter()
        .filter(is_recorded)
        .map(|(_, outcome)| Said {
            rules: outcome.into_iter().collect(),
            ..Said::default()
        })
        .collect()
}
