//! What the gate needs of the engine: bytes in, bytes out, at once.
//!
//! Comes in:  a program, a body, the facts known so far, the time that there is.
//! Goes out:  [`Decided`].
//! Never here: HTTP, waiting.

use bytes::Bytes;
use portcullis_engine::admit::{Stages, Undecided, Wanted};
use portcullis_engine::failure::{FailureModes, Time};
use portcullis_engine::program::Program;

use crate::facts::Known;
use crate::observe::metrics::Endpoint;

/// Turns the body of a review into the body of an answer. The product has one; tests have others.
pub(super) trait Decide: Send + Sync {
    /// Never waits. Once the time is over, what is undecided is resolved by its failure mode.
    fn decide(&self, attempt: &Attempt<'_>) -> Decided;
}

/// What is to be decided, and by what.
#[derive(Clone, Copy)]
pub(super) struct Attempt<'a> {
    /// The policies.
    pub(super) program: &'a Program,
    /// What was asked for.
    pub(super) endpoint: Endpoint,
    /// The review.
    pub(super) body: &'a [u8],
    /// The facts known so far.
    pub(super) known: &'a Known,
    /// The time that there is.
    pub(super) time: Time<'a>,
    /// Who fails closed and who open.
    pub(super) modes: &'a FailureModes,
    /// Who hears how far it is.
    pub(super) stages: Stages<'a>,
}

/// How deciding ended.
#[derive(Clone, Debug)]
pub(super) enum Decided {
    /// With a verdict.
    Answer {
        /// An AdmissionReview with a response, JSON.
        body: Bytes,
        /// The verdict.
        allowed: bool,
        /// Would it have been denied, were not everything only audited?
        spared: bool,
        /// Is there anything to tell of it after the answer?
        concerns: bool,
        /// Rules resolved by the failure modes of their policies.
        undecided: Undecided,
    },
    /// Not yet: these facts are missing. Never once the time is over.
    Needs(Vec<Wanted>),
    /// The body is no AdmissionReview: why.
    Refused(String),
}
