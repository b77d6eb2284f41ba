//! What one policy says of one object, as it is.
//!
//! Comes in:  a judge, an object, the labels of its namespace.
//! Goes out:  outcomes, as a review of its creation would bring them.
//! Never here: waiting; a fact that is missing goes back to the caller.

use bumpalo::Bump;
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_engine::doc::AnyPolicy;
use portcullis_engine::facts::{Fact, Facts as _, Fault};
use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_engine::reference::{
    self, Bound, Surroundings, evaluate_admission, evaluate_mutating, evaluate_validating,
    mutate_admission,
};
use portcullis_engine::review::{Operation, Review, UserInfo};
use portcullis_lang::value::{Document, Value, map};

use super::judge::Judge;
use super::namespaces::Labels;
use super::plan::Plan;
use crate::facts::Known;
use crate::reports::is_told;

/// What became of an object that a policy would have changed.
const NOT_APPLIED: &str = "mutation is not applied";

/// What the judge says; nothing where it does not speak about the object.
///
/// # Errors
///
/// [`Fault::Missing`]: a fact that may still be had.
pub(super) fn evaluate(
    plan: &Plan,
    judge: &Judge,
    object: &Document,
    labels: Option<&Labels>,
    known: &Known,
) -> Result<Vec<RuleOutcome>, Fault> {
    let bump = Bump::new();
    let user = match &judge.policy {
        AnyPolicy::Admission(_) => UserInfo::of_background_scan(&bump),
        _ => UserInfo::default(),
    };
    let mut review = Review::of_resource(&bump, object.root(), Operation::Create, user);
    review.namespace_labels = labels.map(|labels| {
        let labels = labels.iter();
        map(
            &bump,
            labels.map(|(key, text)| (key.as_str(), Value::Str(text))),
        )
    });
    if !judge.reaches(review.namespace) {
        return Ok(Vec::new());
    }
    let surroundings = Surroundings {
        facts: known,
        inputs: known,
        queries: plan.program.queries(),
        exceptions: &plan.exceptions,
        cel_exceptions: &plan.cel_exceptions,
        variables: &[],
        rule_values: &|_| Vec::new(),
        trace: None,
        stop: &|| false,
    };
    let said = said(plan, judge, &review, &surroundings, known, &bump);
    let mut said = match said {
        Err(Fault::Missing(fact)) if !may_wait(known, &fact) => vec![undecided("", &fact, known)],
        Err(Fault::Error(text)) => vec![RuleOutcome::new(
            "",
            RuleType::Validation,
            Status::Error,
            text,
        )],
        said => said?,
    };
    said.retain(is_told);
    Ok(said)
}

fn said<'v>(
    plan: &'v Plan,
    judge: &'v Judge,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    known: &Known,
    bump: &'v Bump,
) -> Result<Vec<RuleOutcome>, Fault> {
    match &judge.policy {
        AnyPolicy::Rules(policy) => {
            let evaluated = reference::evaluate_all(policy, review, surroundings, bump)?;
            let mut rules = evaluated.rules;
            for (index, fault) in evaluated.undecided {
                let name = policy.rules().get(index).map_or("", |rule| &rule.name);
                rules.push(match fault {
                    Fault::Missing(fact) if may_wait(known, &fact) => {
                        return Err(Fault::Missing(fact));
                    }
                    Fault::Missing(fact) => undecided(name, &fact, known),
                    fault => {
                        let text = fault.to_string();
                        RuleOutcome::new(name, RuleType::Validation, Status::Error, text)
                    }
                });
            }
            Ok(rules)
        }
        AnyPolicy::Validating(policy) => {
            let said = evaluate_validating(policy, review, surroundings, bump)?;
            Ok(said
                .into_iter()
                .filter_map(|(_, outcome)| outcome)
                .collect())
        }
        AnyPolicy::Mutating(policy) => {
            let schemas = Schemas::built_in();
            let said = evaluate_mutating(policy, schemas, None, review, surroundings, bump)?;
            let mut outcomes = Vec::new();
            for mutated in said {
                let changed = mutated.object != review.object;
                outcomes.extend(mutated.rules.into_iter().map(|one| applied(one, changed)));
            }
            Ok(outcomes)
        }
        AnyPolicy::Admission(policy) => {
            let bound = Bound {
                bindings: &plan.bindings,
                params: &[],
                cluster: true,
            };
            if !policy.mutations.is_empty() {
                let schemas = Schemas::built_in();
                let made = mutate_admission(policy, &bound, schemas, review, surroundings, bump)?;
                let changed = made.object != review.object;
                let rules = made.rules.into_iter();
                return Ok(rules.map(|one| applied(one, changed)).collect());
            }
            let said = evaluate_admission(policy, &bound, review, surroundings, bump)?;
            Ok(said.into_iter().collect())
        }
        _ => Ok(Vec::new()),
    }
}

/// An object that would still be changed was not changed when it was made.
fn applied(mut outcome: RuleOutcome, changed: bool) -> RuleOutcome {
    if changed && outcome.status == Status::Pass {
        outcome.status = Status::Fail;
        outcome.message = NOT_APPLIED.to_owned();
    }
    outcome
}

/// Is the fact still worth waiting for?
fn may_wait(known: &Known, fact: &Fact) -> bool {
    known.given_up(fact).is_none()
}

fn undecided(rule: &str, fact: &Fact, known: &Known) -> RuleOutcome {
    let text = match known.given_up(fact) {
        None | Some("") => format!("{fact} did not come in time"),
        Some(why) => why.to_owned(),
    };
    RuleOutcome::new(rule, RuleType::Validation, Status::Error, text)
}
