//! A ValidatingPolicy on a review.

use bumpalo::Bump;

use super::constraints::Unstated;
use super::{Surroundings, cel, constraints};
use crate::context::Setting;
use crate::doc::{Mode, ValidatingPolicy, Variant};
use crate::facts::Fault;
use crate::outcome::RuleOutcome;
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
    let Surroundings {
        facts,
        inputs,
        queries,
        ..
    } = *surroundings;
    let setting = Setting::new(bump, facts, inputs, queries);
    if policy.id.kind.is_namespaced() && policy.id.namespace != review.namespace {
        return Ok(Vec::new());
    }
    let said = policy.variants.iter().map(|variant| {
        let cel = variant.cel.as_ref().map_err(|text| {
            Fault::Error(format!(
                "failed to compile policy {} ([<nil>: Internal error: validating policy compiler 1.0 error: failed to compile policy, {text}])",
                policy.id.name
            ))
        })?;
        let speaks = match (policy.mode, &variant.constraints) {
            (Mode::Json, _) => true,
            (Mode::Kubernetes, Some(constraints)) => {
                constraints::fits(constraints, review, Unstated::Name, bump)
            }
            (Mode::Kubernetes, None) => false,
        };
        let outcome = match speaks {
            true => Some(cel::outcome(policy, cel, review, &setting)?),
            false => None,
        };
        Ok((variant, outcome))
    });
    said.collect()
}
