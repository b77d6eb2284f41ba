//! Which part of answering begins, for whoever wants to know how long each took.
//!
//! Comes in:  nothing.
//! Goes out:  [`Stage`], told as it begins; it ends where the next one does.
//! Never here: clocks.

use crate::doc::PolicyId;

/// A part of answering a review. They follow one another and are not nested; a review that is decoded
/// twice has [`Stage::Decode`] twice.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage<'s> {
    /// Reading the body.
    Decode,
    /// Deciding all policies by their plans.
    Plan,
    /// Evaluating one policy that the plan did not find satisfied, or that changes the object.
    Policy(&'s PolicyId),
    /// Writing the answer.
    Encode,
}

/// Who hears of stages; nobody, mostly.
pub type Stages<'s> = Option<&'s dyn Fn(Stage<'_>)>;
