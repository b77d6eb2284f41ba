//! What is to be deleted: by cleanup policies, and by the label that gives an object a time to live.
//!
//! Comes in:  a policy and an object, facts, the time.
//! Goes out:  an outcome: deleted or kept; and when a labelled object is due.
//! Never here: waiting for that time, deleting.
//!
//! ```text
//! object ─ match, exclude ─> context ─> conditions ─> delete
//!    └──── cleanup.kyverno.io/ttl ─> due at ─────────> delete
//! ```

mod ttl;

#[cfg(test)]
mod tests;

use bumpalo::Bump;

use super::matching::{self, Target};
use super::{Surroundings, conditions};
use crate::context::Context;
use crate::doc::CleanupPolicy;
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

pub use ttl::{PROPAGATION, TTL, Ttl, time_to_live};

/// Would a run of the policy delete the object of this review? Pass where it would, fail where its
/// conditions keep it; `None` where the policy is not about it.
///
/// The schedule says when runs are (see [`CleanupPolicy::schedule`]); it plays no part here.
///
/// # Errors
///
/// A missing fact, or the end of the time. What cannot be evaluated is an outcome.
pub fn cleanup<'v>(
    policy: &'v CleanupPolicy,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    bump: &'v Bump,
) -> Result<Option<RuleOutcome>, Fault> {
    let object = review.resource();
    let namespace = object.at(&["metadata", "namespace"]).unwrap_or_default();
    let id = &policy.id;
    if id.kind.is_namespaced() && namespace.as_str() != Some(&id.namespace) {
        return Ok(None);
    }
    let target = Target::of(review);
    if !matching::matches(&policy.matches, &target) || matching::excludes(&policy.excludes, &target)
    {
        return Ok(None);
    }
    let setting = surroundings.setting(bump);
    let mut context = Context::new(setting, review);
    if id.kind.is_namespaced() {
        context.set_policy_namespace(&id.namespace);
    }
    for (key, value) in surroundings.variables {
        context.provide(key, *value);
    }
    context.set_target(object);
    let said = |status, message: String| {
        let outcome = RuleOutcome::new(&id.name, RuleType::Deletion, status, message);
        Ok(Some(outcome))
    };
    match context.register(&policy.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            return said(Status::Error, format!("failed to load context: {text}"));
        }
        Err(fault) => return Err(fault),
    }
    let Some(block) = &policy.conditions else {
        return said(Status::Pass, MATCHED.to_owned());
    };
    match conditions::noted("conditions", block.item(), &mut context) {
        Ok(held) if held.holds => said(Status::Pass, MATCHED.to_owned()),
        Ok(_) => said(Status::Fail, KEPT.to_owned()),
        Err(Fault::Error(text)) => {
            let message = format!("failed to evaluate conditions: {text}");
            said(Status::Error, message)
        }
        Err(fault) => Err(fault),
    }
}

const MATCHED: &str = "resource matched";
const KEPT: &str = "resource did not match";
