//! A MutatingPolicy on a review, and on existing objects.

use bumpalo::Bump;
use portcullis_lang::value::{Document, Value};

use super::constraints::Unstated;
use super::wanted::Existent;
use super::{Surroundings, cel, constraints, forms};
use crate::actions::mutate::apply_configuration::Schemas;
use crate::doc::{Constraints, MutatingPolicy, MutatingVariant, TargetMatch};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, Status};
use crate::review::{Operation, ResourceKind, Review};

/// What one form of a policy said and made.
#[derive(Debug)]
pub struct Mutated<'v> {
    /// The form.
    pub variant: &'v MutatingVariant,
    /// What it said; for a policy with targets one outcome for each of those. Nothing where it does
    /// not speak about the review.
    pub rules: Vec<RuleOutcome>,
    /// The object as it left it.
    pub object: Option<Value<'v>>,
    /// The targets that it changed.
    pub targets: Vec<MutatedTarget<'v>>,
}

/// An existing object that a policy with targets changed.
#[derive(Clone, Copy, Debug)]
pub struct MutatedTarget<'v> {
    /// The kind of the resource, and the subresource that is to be written.
    pub kind: ResourceKind<'v>,
    /// As the policy leaves it.
    pub after: Value<'v>,
}

/// What each form of the policy makes of a review, in order; each sees what those before it made.
///
/// `existing`: what a policy with targets chooses from; without, it is silent, and somebody carries it
/// out later.
///
/// # Errors
///
/// [`Fault::Missing`]: fetch the fact and call again. [`Fault::Error`]: the policy does not compile.
pub fn evaluate_mutating<'v>(
    policy: &'v MutatingPolicy,
    schemas: &Schemas,
    existing: Option<&'v [Existent<'v>]>,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Vec<Mutated<'v>>, Fault> {
    let setting = surroundings.setting(bump);
    // The reference's command line looks at every namespace.
    if review.admission && !reaches(policy, review) {
        return Ok(Vec::new());
    }
    let mut review = *review;
    let mut all = Vec::with_capacity(policy.variants.len());
    for (index, variant) in policy.variants.iter().enumerate() {
        forms::begin(&setting, index, policy.source.document());
        let cel = variant.cel.as_ref().map_err(|text| {
            Fault::Error(format!(
                "failed to compile policy {} ({text})",
                policy.id.name
            ))
        })?;
        let misfit = match &variant.constraints {
            Some(constraints) => constraints::misfit(constraints, &review, Unstated::Name, bump),
            None => Some("matchConstraints"),
        };
        forms::note_match(&setting, variant.at, misfit);
        let mut mutated = Mutated {
            variant,
            rules: Vec::new(),
            object: review.object,
            targets: Vec::new(),
        };
        match (&policy.targets, existing) {
            _ if misfit.is_some() => {}
            (Some(_), None) => {}
            (Some(targets), Some(objects)) => {
                let named = |stated: Option<Value<'v>>| {
                    let stated = stated.map(one_or_many);
                    let found = stated.unwrap_or_else(|| objects.to_vec());
                    let found = found.into_iter().map(|one| target(one, &review));
                    found
                        .filter(|one| names(policy, targets, one, bump))
                        .collect()
                };
                let changed = cel::mutation_of(
                    policy,
                    cel,
                    schemas,
                    &named,
                    &review,
                    surroundings,
                    &setting,
                )?;
                for (mut outcome, object, kind) in changed {
                    if let (Some(after), Some(kind), Status::Pass) = (object, kind, outcome.status)
                    {
                        mutated.targets.push(MutatedTarget { kind, after });
                    }
                    outcome.patched_target = object.map(Document::from_value);
                    mutated.rules.push(outcome);
                }
            }
            (None, _) => {
                let changed = cel::mutation(policy, cel, schemas, &review, surroundings, &setting)?;
                mutated.rules.push(changed.outcome);
                mutated.object = changed.object.or(review.object);
                review.object = mutated.object;
            }
        }
        for outcome in &mutated.rules {
            forms::note_outcome(&setting, policy.source.document(), outcome);
        }
        all.push(mutated);
    }
    Ok(all)
}

/// Does any form of the policy speak about a review?
pub fn mutating_speaks(policy: &MutatingPolicy, review: &Review<'_>, bump: &Bump) -> bool {
    let fits = |block| constraints::fits(block, review, Unstated::Name, bump);
    reaches(policy, review) && constraints_of(policy).any(fits)
}

/// Does it take the labels of its namespace to tell whether the policy speaks about a review?
pub(crate) fn mutating_asks_labels(policy: &MutatingPolicy, review: &Review<'_>) -> bool {
    let asks = |block| constraints::asks_labels(block, review);
    reaches(policy, review) && constraints_of(policy).any(asks)
}

/// Is the review about the namespace of the policy, if it has one?
fn reaches(policy: &MutatingPolicy, review: &Review<'_>) -> bool {
    !policy.id.kind.is_namespaced() || policy.id.namespace == review.namespace
}

fn constraints_of(policy: &MutatingPolicy) -> impl Iterator<Item = &Constraints> {
    let forms = policy.variants.iter();
    forms.filter_map(|form| form.constraints.as_ref())
}

/// The items of a list object; any other object alone.
fn one_or_many(stated: Value<'_>) -> Vec<Existent<'_>> {
    match stated.get("items").and_then(Value::as_list) {
        Some(items) => items.iter().map(Existent::whole).collect(),
        None if stated.is_null() => Vec::new(),
        None => vec![Existent::whole(stated)],
    }
}

/// An existing object, as if it were what the request is about.
fn target<'v>(existent: Existent<'v>, trigger: &Review<'v>) -> Review<'v> {
    let metadata = existent.owner().get("metadata").unwrap_or_default();
    let namespace = metadata.text("namespace");
    let operation = match trigger.operation {
        Operation::Delete => Operation::Update,
        operation => operation,
    };
    Review {
        kind: existent.kind(),
        namespace,
        object: Some(existent.object),
        old_object: None,
        operation,
        namespace_labels: trigger
            .namespace_labels
            .filter(|_| namespace == trigger.namespace),
        admission: false,
        ..*trigger
    }
}

/// Does the policy change this object?
fn names(policy: &MutatingPolicy, targets: &TargetMatch, target: &Review<'_>, bump: &Bump) -> bool {
    let own = !policy.id.kind.is_namespaced() || policy.id.namespace == target.namespace;
    own && constraints::fits(&targets.constraints, target, Unstated::Name, bump)
}

#[cfg(test)]
mod tests;
