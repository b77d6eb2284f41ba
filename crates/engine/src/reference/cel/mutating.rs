//! A MutatingPolicy on a review: conditions, then patches, in Kyverno's order and words.

use portcullis_lang::cel::val::Val;
use portcullis_lang::value::Value;

use super::exceptions::{self, Applying};
use super::kyverno::{annotations, conditions, scope, values, words};
use super::patch::Patcher;
use super::request::reading;
use super::scope::Scope;
use crate::actions::mutate::apply_configuration::{Atomic, Schemas};
use crate::context::Setting;
use crate::doc::cel::{MutatingCel, Place};
use crate::doc::{Mode, MutatingPolicy};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::reference::Surroundings;
use crate::review::{ResourceKind, Review};

/// What a policy says of a review, and what it made of an object.
pub(in crate::reference) struct Changed<'v> {
    pub(in crate::reference) outcome: RuleOutcome,
    /// The object; `None` where it stays as it was.
    pub(in crate::reference) object: Option<Value<'v>>,
}

/// What a policy says of one existing object; the object as it leaves it; what it is.
pub(in crate::reference) type OfTarget<'v> =
    (RuleOutcome, Option<Value<'v>>, Option<ResourceKind<'v>>);

/// What a policy makes of the object of a review that it speaks about.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the policy or the object is an outcome.
pub(in crate::reference) fn mutation<'v>(
    policy: &'v MutatingPolicy,
    cel: &'v MutatingCel,
    schemas: &Schemas,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    setting: &Setting<'v>,
) -> Result<Changed<'v>, Fault> {
    match opened(policy, cel, review, surroundings, setting)? {
        Ok(scope) => changed(policy, cel, schemas, review, scope, setting),
        Err(outcome) => Ok(unchanged(outcome)),
    }
}

/// What a policy with targets makes of existing objects: what it says of each that it names, and the
/// object as it leaves it. A policy that is not for this review says so of no object.
///
/// # Errors
///
/// As [`mutation`].
pub(in crate::reference) fn mutation_of<'v>(
    policy: &'v MutatingPolicy,
    cel: &'v MutatingCel,
    schemas: &Schemas,
    named: &dyn Fn(Option<Value<'v>>) -> Vec<Review<'v>>,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    setting: &Setting<'v>,
) -> Result<Vec<OfTarget<'v>>, Fault> {
    let scope = match opened(policy, cel, review, surroundings, setting)? {
        Ok(scope) => scope,
        Err(outcome) => return Ok(vec![(outcome, None, None)]),
    };
    let stated = match &cel.targets {
        None => None,
        Some(expression) => match scope.value("target", expression)? {
            Ok(value) => Some(value.to_json(setting.bump).unwrap_or_default()),
            Err(failure) => return Ok(vec![(wrong(&words(&failure)), None, None)]),
        },
    };
    let mut all = Vec::new();
    for target in named(stated) {
        let object = target.object.map_or(Val::Null, Val::from);
        let scope = scope.with(Place::Object, object);
        match conditions(&cel.target_conditions, scope)? {
            Ok(true) => {
                let changed = changed(policy, cel, schemas, &target, scope, setting)?;
                let object = changed.object.or(target.object);
                all.push((changed.outcome, object, Some(target.kind)));
            }
            Ok(false) => {}
            Err(text) => all.push((wrong(&text), target.object, Some(target.kind))),
        }
    }
    Ok(all)
}

/// The scope of the patches, where nothing lets the review off and all conditions hold.
fn opened<'v>(
    policy: &'v MutatingPolicy,
    cel: &'v MutatingCel,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    setting: &Setting<'v>,
) -> Result<Result<&'v Scope<'v>, RuleOutcome>, Fault> {
    let id = &policy.id;
    // Exceptions are few, and what they ask is not known here.
    let asks_namespace = cel.asks_namespace || !surroundings.cel_exceptions.is_empty();
    let values = values(Mode::Kubernetes, review, asks_namespace, setting)?;
    let make = |lists: &Applying<'v>| scope(id, &values, lists, &cel.variables, setting);
    let exceptions = surroundings.cel_exceptions;
    let lists = match exceptions::applying(id, exceptions, &make, review, setting)? {
        Ok(applying) => applying,
        Err(text) => return Ok(Err(wrong(&text))),
    };
    if let Some(outcome) = lists.let_off(RuleType::Mutation) {
        return Ok(Err(outcome));
    }
    let scope = make(&lists);
    Ok(match conditions(&cel.conditions, scope)? {
        Ok(true) => Ok(scope),
        Ok(false) => Err(said("", Status::Skip, "skip")),
        Err(text) => Err(wrong(&text)),
    })
}

fn changed<'v>(
    policy: &'v MutatingPolicy,
    cel: &'v MutatingCel,
    schemas: &Schemas,
    review: &Review<'v>,
    scope: &'v Scope<'v>,
    setting: &Setting<'v>,
) -> Result<Changed<'v>, Fault> {
    let mut scope = scope;
    let mut current = review.object;
    for mutation in &cel.mutations {
        // A request that leaves no object has nothing to change.
        let Some(live) = current else { break };
        let patcher = Patcher {
            kind: schemas.of(live),
            atomic: match policy.replaces_atomics {
                true => Atomic::Replaced,
                false => Atomic::Refused,
            },
            bump: setting.bump,
        };
        match patcher.patched(mutation, live, scope)? {
            Ok(patched) => {
                current = Some(patched);
                scope = scope.with(Place::Object, Val::read(patched, reading(review)));
            }
            Err(refused) => return Ok(unchanged(wrong(&refused.to_string()))),
        }
    }
    Ok(match annotations(&cel.annotations, scope)? {
        Ok(properties) => {
            let mut outcome = said("", Status::Pass, "success");
            outcome.properties = properties;
            let object = current.filter(|_| current != review.object);
            Changed { outcome, object }
        }
        Err(text) => unchanged(wrong(&text)),
    })
}

fn unchanged(outcome: RuleOutcome) -> Changed<'static> {
    Changed {
        outcome,
        object: None,
    }
}

fn wrong(text: &str) -> RuleOutcome {
    let text = format!("failed to evaluate policy: {text}");
    said("evaluation", Status::Error, &text)
}

fn said(rule: &str, status: Status, message: &str) -> RuleOutcome {
    RuleOutcome::new(rule, RuleType::Mutation, status, message)
}
