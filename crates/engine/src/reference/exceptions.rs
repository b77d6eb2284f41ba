//! Exceptions that let a review off from a rule.

use super::Surroundings;
use super::conditions;
use super::matching::{self, Target};
use crate::context::Context;
use crate::doc::{Exception, Policy, Rule};
use crate::facts::Fault;
use crate::review::Review;

/// The exceptions that apply, in the order in which they were given.
///
/// # Errors
///
/// What keeps an exception's conditions from being decided now. A condition that cannot be
/// evaluated is no exception.
pub(super) fn applying<'v>(
    policy: &Policy,
    rule: &Rule,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Vec<&'v Exception>, Fault> {
    let mut found = Vec::new();
    for exception in surroundings.exceptions {
        let is_over = |end| surroundings.inputs.now() > end;
        if !exception.names(policy, &rule.name)
            || exception.expires_at.is_some_and(is_over)
            || !matching::matches_exception(&exception.matches, &Target::of(review))
        {
            continue;
        }
        if let Some(block) = &exception.conditions {
            match conditions::evaluate(block.item(), context) {
                Ok(held) if held.holds => {}
                Ok(_) | Err(Fault::Error(_)) => continue,
                Err(fault) => return Err(fault),
            }
        }
        found.push(&**exception);
    }
    Ok(found)
}
