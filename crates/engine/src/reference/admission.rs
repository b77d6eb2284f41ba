//! The API server's own policies on a review, as the reference evaluates them without one.
//!
//! ```text
//! no bindings: the policy's constraints ─────────────────┐
//! bindings: constraints of each, then its parameters ────┴─> conditions -> checks
//! ```

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::cel::val::Val;
use portcullis_lang::value::Value;

use super::cel::{self, Checked, Opening, Patcher};
use super::constraints::{self, Unstated};
use super::mutate::Mutation;
use super::{Surroundings, cel::chosen, forms};
use crate::actions::mutate::apply_configuration::{Atomic, Kind, Schemas};
use crate::context::Setting;
use crate::doc::cel::Place;
use crate::doc::{AdmissionPolicy, Binding, FailurePolicy};
use crate::facts::{FactKind, Fault};
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// What binds policies, and what they are parameterized with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bound<'v> {
    /// Every binding in force.
    pub bindings: &'v [Arc<Binding>],
    /// Objects that stand in for those of a cluster.
    pub params: &'v [Value<'v>],
    /// Is there a cluster? Then a policy's own constraints count beside those of a binding.
    pub cluster: bool,
}

/// One way in which a policy applies to a review.
struct Application<'v> {
    binding: Option<&'v Binding>,
    params: Result<Val<'v>, String>,
}

/// What a ValidatingAdmissionPolicy says; `None` where it does not speak about the review. Of several
/// bindings the last one that fits has its say.
///
/// # Errors
///
/// [`Fault::Missing`]: fetch the fact and call again.
pub fn evaluate_admission<'v>(
    policy: &'v AdmissionPolicy,
    bound: &Bound<'v>,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Option<RuleOutcome>, Fault> {
    let setting = surroundings.setting(bump);
    forms::begin(&setting, 0, policy.source.document());
    let mut last = None;
    let applications = applications(policy, bound, review, &setting)?;
    note_match(policy, &applications, &setting);
    for application in applications {
        let (status, message) = validated(policy, &application, review, &setting)?;
        let name = &policy.id.name;
        let mut outcome = RuleOutcome::new(name, RuleType::Validation, status, message);
        if let Some(binding) = application.binding {
            outcome.properties = vec![("binding".to_owned(), binding.name.clone())];
        }
        forms::note_outcome(&setting, policy.source.document(), &outcome);
        last = Some(outcome);
    }
    Ok(last)
}

/// What a MutatingAdmissionPolicy makes of the object of a review: one outcome for each binding that
/// fits, each of which sees what those before it made. Where anything goes wrong nothing is said and
/// nothing is changed.
///
/// # Errors
///
/// [`Fault::Missing`]: fetch the fact and call again.
pub fn mutate_admission<'v>(
    policy: &'v AdmissionPolicy,
    bound: &Bound<'v>,
    schemas: &Schemas,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Mutation<'v>, Fault> {
    let setting = surroundings.setting(bump);
    forms::begin(&setting, 0, policy.source.document());
    let mut review = *review;
    let mut made = Mutation {
        rules: Vec::new(),
        object: review.object,
        ..Mutation::default()
    };
    let applications = applications(policy, bound, &review, &setting)?;
    note_match(policy, &applications, &setting);
    for application in applications {
        let (status, message) =
            match mutated(policy, &application, bound, schemas, &review, &setting)? {
                Ok(Some(object)) => {
                    review.object = Some(object);
                    (Status::Pass, "mutation is successfully applied")
                }
                Ok(None) => (Status::Skip, NOT_MET),
                Err(_) => {
                    made.rules.clear();
                    return Ok(made);
                }
            };
        let name = &policy.id.name;
        let mut outcome = RuleOutcome::new(name, RuleType::Mutation, status, message);
        if let Some(binding) = application.binding {
            outcome.properties = vec![("mapBinding".to_owned(), binding.name.clone())];
        }
        forms::note_outcome(&setting, policy.source.document(), &outcome);
        made.rules.push(outcome);
    }
    made.object = review.object;
    Ok(made)
}

/// Notes how the policy applies, for the account.
fn note_match(policy: &AdmissionPolicy, applications: &[Application<'_>], setting: &Setting<'_>) {
    let Some(trace) = setting.trace else { return };
    let spec = policy.source.document().item().get("spec");
    let block = spec.and_then(|spec| spec.get("matchConstraints"));
    let names = applications.iter().filter_map(|one| one.binding);
    let names: Vec<_> = names.map(|binding| format!("`{}`", binding.name)).collect();
    let text = match (applications.is_empty(), names.is_empty()) {
        (true, _) => "the constraints of the policy, or of its bindings, do not fit".to_owned(),
        (false, true) => "the constraints fit".to_owned(),
        (false, false) => format!("bound by {}", names.join(", ")),
    };
    let at = block.map(|block| block.span()).unwrap_or_default();
    trace.note("match", at, Some(!applications.is_empty()), text);
}

/// The object after the mutations of one application; `None` where its conditions do not hold.
fn mutated<'v>(
    policy: &'v AdmissionPolicy,
    application: &Application<'v>,
    bound: &Bound<'v>,
    schemas: &Schemas,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Result<Option<Value<'v>>, String>, Fault> {
    let params = match &application.params {
        Ok(params) => *params,
        Err(text) => return Ok(Err(text.clone())),
    };
    let mut scope = match cel::open(&policy.cel, params, review, setting)? {
        Opening::Open(scope) => scope,
        Opening::Bad(text) if policy.failure_policy == FailurePolicy::Fail => return Ok(Err(text)),
        Opening::NotMet | Opening::Bad(_) => return Ok(Ok(None)),
    };
    let mut object = review.object;
    for mutation in &policy.mutations {
        let Some(live) = object else { break };
        let patcher = Patcher {
            // Without a cluster the reference knows no types, not even those of the built-in kinds.
            kind: match bound.cluster {
                true => schemas.of(live),
                false => Kind::unknown(),
            },
            atomic: Atomic::Refused,
            bump: setting.bump,
        };
        match patcher.patched(mutation, live, scope)? {
            Ok(patched) => {
                object = Some(patched);
                scope = scope.with(Place::Object, Val::from(patched));
            }
            Err(refused) => return Ok(Err(refused.to_string())),
        }
    }
    Ok(Ok(object))
}

fn validated<'v>(
    policy: &'v AdmissionPolicy,
    application: &Application<'v>,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<(Status, String), Fault> {
    let params = match &application.params {
        Ok(params) => *params,
        Err(text) => return Ok((Status::Error, text.clone())),
    };
    let scope = match cel::open(&policy.cel, params, review, setting)? {
        Opening::Open(scope) => scope,
        Opening::Bad(text) if policy.failure_policy == FailurePolicy::Fail => {
            return Ok((Status::Error, text));
        }
        Opening::NotMet | Opening::Bad(_) => return Ok((Status::Skip, NOT_MET.to_owned())),
    };
    Ok(match cel::check(&policy.cel, scope)? {
        Checked::Passed => (Status::Pass, String::new()),
        Checked::Failed(text) => (Status::Fail, text),
        Checked::Error(text) => (Status::Error, text),
    })
}

const NOT_MET: &str = "match conditions aren't met";

/// The bindings that fit, with their parameters; where nothing binds the policy, the policy as it is.
fn applications<'v>(
    policy: &'v AdmissionPolicy,
    bound: &Bound<'v>,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Vec<Application<'v>>, Fault> {
    let fits =
        |constraints| constraints::fits(constraints, review, Unstated::Nothing, setting.bump);
    let own = policy.constraints.as_ref().is_some_and(fits);
    let name = &policy.id.name;
    let all = bound.bindings.iter().map(Arc::as_ref);
    let bindings: Vec<_> = all.filter(|one| one.binds(policy.id.kind, name)).collect();
    if bindings.is_empty() {
        let alone = Application {
            binding: None,
            params: Ok(Val::Null),
        };
        return Ok(own.then_some(alone).into_iter().collect());
    }
    // Without a cluster the reference asks the bindings alone.
    let fitting = bindings
        .into_iter()
        .filter(|binding| (own || !bound.cluster) && binding.constraints.as_ref().is_none_or(fits));
    let applications = fitting.map(|binding| {
        Ok(Application {
            binding: Some(binding),
            params: params(policy, binding, bound, review, setting)?,
        })
    });
    applications.collect()
}

/// `params` for one binding: of those that were stated, or of the cluster.
fn params<'v>(
    policy: &'v AdmissionPolicy,
    binding: &'v Binding,
    bound: &Bound<'v>,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Result<Val<'v>, String>, Fault> {
    let (Some(kind), Some(reference)) = (&policy.cel.param_kind, &binding.param_ref) else {
        return Ok(Ok(Val::Null));
    };
    if bound.params.is_empty() && setting.facts.offers(FactKind::Kubernetes) {
        return cel::params(Some(kind), reference, review, setting);
    }
    let mut stated = bound.params.iter().copied();
    let metadata = |object: Value<'v>| object.get("metadata").unwrap_or_default();
    let found = match &reference.selector {
        Some(selector) => chosen(selector, stated, setting).ok(),
        None if reference.name.is_empty() => {
            let namespace = reference.namespace.as_str();
            stated.find(|object| {
                namespace.is_empty() || metadata(*object).text("namespace") == namespace
            })
        }
        None => stated.find(|object| metadata(*object).text("name") == reference.name),
    };
    Ok(Ok(found.map_or(Val::Null, Val::from)))
}

#[cfg(test)]
mod tests;
