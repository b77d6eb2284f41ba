//! What all policies said of a review, satisfied ones and those that are only reported included: what
//! events and reports are made from.
//!
//! Comes in:  the body of a review that was answered, and the program that answered it.
//! Goes out:  [`Told`].
//! Never here: the answer; it is on its way.

use super::{Account, Outside, Pending, Phase, Scratch, account, mutate, situated};
use crate::program::Program;
use crate::review::Review;

/// A review, and what was said of it.
#[derive(Debug)]
pub struct Told<'t> {
    /// The review, with the labels of its namespace where a policy looks at them.
    pub review: Review<'t>,
    /// What policies said: those that change objects in the mutating phase, all others in the
    /// validating one.
    pub account: Account,
}

/// Evaluates every policy once more, and hands what they said to `then`.
///
/// Made by the reference evaluator alone. Cost: what the policies that speak about the review cost
/// there, so never before the answer.
///
/// # Errors
///
/// As [`super::answer`].
pub fn tell<T>(
    program: &Program,
    phase: Phase,
    body: &[u8],
    outside: Outside<'_>,
    scratch: &mut Scratch,
    then: impl FnOnce(&Told<'_>) -> T,
) -> Result<T, Pending> {
    let Scratch { buffers, bump, .. } = scratch;
    bump.reset();
    let bump = &*bump;
    let told = buffers.decode(body, |review| {
        let situated = situated(program, review, outside, bump)?;
        let account = match phase {
            Phase::Mutate => mutate::mutate(program, &situated, outside, bump)?.1,
            Phase::Validate => {
                account(program, &situated.review, outside, bump).map_err(Pending::Facts)?
            }
        };
        Ok(then(&Told {
            review: situated.review,
            account,
        }))
    });
    told.map_err(Pending::Refused)?
}
