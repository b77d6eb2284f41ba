//! Policies written in CEL on a review.

use bumpalo::Bump;
use portcullis_lang::value::{Document, Item};

use super::constraints::Unstated;
use super::{Surroundings, cel, constraints, forms};
use crate::context::Setting;
use crate::doc::{
    DeletingPolicy, GeneratingPolicy, ImageValidatingPolicy, Mode, PolicyId, ValidatingPolicy,
    Variant,
};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// What each form of the policy says, in order; `None` where it does not speak about the review.
///
/// # Errors
///
/// [`Fault::Missing`]: fetch the fact and call again. [`Fault::Error`]: the policy does not compile.
pub fn evaluate_validating<'v>(
    policy: &'v ValidatingPolicy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Vec<(&'v Variant, Option<RuleOutcome>)>, Fault> {
    let setting = surroundings.setting(bump);
    if !reaches(policy, review) {
        return Ok(Vec::new());
    }
    let said = policy.variants.iter().enumerate().map(|(index, variant)| {
        forms::begin(&setting, index, policy.source.document());
        let cel = variant
            .cel
            .as_ref()
            .map_err(|text| not_compiled(&policy.id, "validating policy compiler 1.0", text))?;
        let misfit = match (policy.mode, &variant.constraints) {
            (Mode::Json | Mode::Http | Mode::Envoy, _) => None,
            (Mode::Kubernetes, Some(constraints)) => {
                constraints::misfit(constraints, review, Unstated::Name, bump)
            }
            (Mode::Kubernetes, None) => Some("matchConstraints"),
        };
        forms::note_match(&setting, variant.at, misfit);
        let exceptions = surroundings.cel_exceptions;
        let outcome = match misfit {
            None if policy.mode.is_authorization() => {
                Some(cel::decision(policy, cel, review, &setting)?)
            }
            None => Some(cel::outcome(policy, cel, review, exceptions, &setting)?),
            Some(_) => None,
        };
        if let Some(outcome) = &outcome {
            forms::note_outcome(&setting, policy.source.document(), outcome);
        }
        Ok((variant, outcome))
    });
    said.collect()
}

/// Is a request about the namespace of the policy, if it has one? The reference's command line looks at
/// every namespace.
fn reaches(policy: &ValidatingPolicy, review: &Review<'_>) -> bool {
    !review.admission || !policy.id.kind.is_namespaced() || policy.id.namespace == review.namespace
}

/// Does any form of a policy about resources speak about a review?
pub(crate) fn speaks(policy: &ValidatingPolicy, review: &Review<'_>, bump: &Bump) -> bool {
    let mut constraints = policy.variants.iter().flat_map(|form| &form.constraints);
    let fits = |block| constraints::fits(block, review, Unstated::Name, bump);
    reaches(policy, review) && constraints.any(fits)
}

/// Does it take the labels of its namespace to tell whether the policy speaks about a review?
pub(crate) fn asks_labels(policy: &ValidatingPolicy, review: &Review<'_>) -> bool {
    let mut constraints = policy.variants.iter().flat_map(|form| &form.constraints);
    reaches(policy, review) && constraints.any(|block| constraints::asks_labels(block, review))
}

/// What a GeneratingPolicy makes of a review: nothing where it does not speak about it, or where its
/// conditions do not hold.
///
/// # Errors
///
/// As [`evaluate_validating`].
pub fn evaluate_generating<'v>(
    policy: &'v GeneratingPolicy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Option<RuleOutcome>, Fault> {
    let cel = policy.cel.as_ref().map_err(|text| {
        let compiler = "generating policy compiler 2.0";
        not_compiled(&policy.id, compiler, text)
    })?;
    let speaks = policy.constraints.as_ref();
    let speaks = speaks
        .is_some_and(|constraints| constraints::fits(constraints, review, Unstated::Name, bump));
    let setting = surroundings.setting(bump);
    begin(&setting, policy.source.document(), speaks);
    if !speaks {
        return Ok(None);
    }
    let said = cel::generation(policy, cel, review, surroundings.cel_exceptions, &setting)?;
    if let Some(said) = &said {
        forms::note_outcome(&setting, policy.source.document(), said);
    }
    Ok(said)
}

/// Does a GeneratingPolicy speak about a review, whatever its conditions say?
pub fn generating_speaks(policy: &GeneratingPolicy, review: &Review<'_>, bump: &Bump) -> bool {
    let own = !policy.id.kind.is_namespaced() || policy.id.namespace == review.namespace;
    let constraints = policy.constraints.as_ref();
    own && constraints.is_some_and(|block| constraints::fits(block, review, Unstated::Name, bump))
}

/// Notes whether a policy of one form speaks about the review; its account begins here.
fn begin(setting: &Setting<'_>, policy: &Document, speaks: bool) {
    forms::begin(setting, 0, policy);
    let spec = policy.item().get("spec");
    let block = spec.and_then(|spec| spec.get("matchConstraints"));
    let at = block.map(Item::span).unwrap_or_default();
    forms::note_match(setting, at, (!speaks).then_some("matchConstraints"));
}

/// Would a DeletingPolicy delete the object of a review? Pass where it would, fail where it looks at
/// the object and would not, nothing where it does not look at it.
///
/// # Errors
///
/// As [`evaluate_validating`].
pub fn evaluate_deleting<'v>(
    policy: &'v DeletingPolicy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Option<RuleOutcome>, Fault> {
    let cel = policy.cel.as_ref().map_err(|text| {
        let compiler = "deleting policy compiler 1.0";
        not_compiled(&policy.id, compiler, text)
    })?;
    let resource = review.resource();
    let is_object = !resource.text("apiVersion").is_empty() && !resource.text("kind").is_empty();
    let looks = match &policy.constraints {
        _ if !is_object => true,
        Some(constraints) => {
            constraints::fits_whatever_operation(constraints, review, Unstated::Name, bump)
        }
        None => false,
    };
    let setting = surroundings.setting(bump);
    begin(&setting, policy.source.document(), looks);
    if !looks {
        return Ok(None);
    }
    let said = cel::deletion(policy, cel, review, surroundings.cel_exceptions, &setting)?;
    forms::note_outcome(&setting, policy.source.document(), &said);
    Ok(Some(said))
}

/// An ImageValidatingPolicy on a review: an error, where it speaks about it. Images are not verified
/// yet, and nothing may pass for verified that is not.
///
/// # Errors
///
/// The policy does not compile.
pub fn evaluate_images(
    policy: &ImageValidatingPolicy,
    review: &Review<'_>,
    bump: &Bump,
) -> Result<Option<RuleOutcome>, Fault> {
    if let Some(text) = &policy.broken {
        let compiler = "image verification policy compiler 1.0";
        return Err(not_compiled(&policy.id, compiler, text));
    }
    let speaks = policy.constraints.as_ref();
    let speaks = speaks
        .is_some_and(|constraints| constraints::fits(constraints, review, Unstated::Name, bump));
    let message = "failed to evaluate policy: this version does not verify images yet";
    let (name, kind) = (&policy.id.name, RuleType::ImageVerify);
    Ok(speaks.then(|| RuleOutcome::new(name, kind, Status::Error, message)))
}

/// A policy that does not compile, in the reference's words.
fn not_compiled(id: &PolicyId, compiler: &str, text: &str) -> Fault {
    Fault::Error(format!(
        "failed to compile policy {} ([<nil>: Internal error: {compiler} error: failed to compile policy, {text}])",
        id.name
    ))
}
