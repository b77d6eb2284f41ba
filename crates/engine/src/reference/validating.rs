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
    let setting = Setting {
        trace: surroundings.trace,
        ..Setting::new(bump, facts, inputs, queries)
    };
    if policy.id.kind.is_namespaced() && policy.id.namespace != review.namespace {
        return Ok(Vec::new());
    }
    let said = policy.variants.iter().enumerate().map(|(index, variant)| {
        // The forms have no names of their own; what autogen made is told apart all the same.
        let form = if index == 0 { "" } else { "autogen" };
        if let Some(trace) = setting.trace {
            trace.begin(form, policy.document().item());
        }
        let cel = variant.cel.as_ref().map_err(|text| {
            Fault::Error(format!(
                "failed to compile policy {} ([<nil>: Internal error: validating policy compiler 1.0 error: failed to compile policy, {text}])",
                policy.id.name
            ))
        })?;
        let misfit = match (policy.mode, &variant.constraints) {
            (Mode::Json, _) => None,
            (Mode::Kubernetes, Some(constraints)) => {
                constraints::misfit(constraints, review, Unstated::Name, bump)
            }
            (Mode::Kubernetes, None) => Some("matchConstraints"),
        };
        if let Some(trace) = setting.trace {
            let text = match misfit {
                Some(part) => format!("`{part}` does not fit"),
                None => "the constraints fit".to_owned(),
            };
            trace.note("match", variant.at, Some(misfit.is_none()), text);
        }
        let outcome = match misfit {
            None => Some(cel::outcome(policy, cel, review, &setting)?),
            Some(_) => None,
        };
        if let (Some(trace), Some(outcome)) = (setting.trace, &outcome) {
            let text = format!("{}: {}", outcome.status.as_str(), outcome.message);
            trace.note("outcome", policy.document().item().span(), None, text);
        }
        Ok((variant, outcome))
    });
    said.collect()
}
