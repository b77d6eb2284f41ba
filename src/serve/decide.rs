//! What the gate needs of the engine: bytes in, bytes out, at once.
//!
//! Comes in:  a program, a body, the facts known so far, a stop signal.
//! Goes out:  [`Decided`].
//! Never here: HTTP, waiting.

use bytes::Bytes;
use portcullis_engine::facts::Fact;
use portcullis_engine::program::Program;

use crate::facts::Known;
use crate::observe::metrics::Endpoint;

/// Turns the body of a review into the body of an answer. The product has one; tests have others.
pub(super) trait Decide: Send + Sync {
    /// Never waits. Once `stop` says yes, what is undecided is resolved by its failure policy.
    fn decide(
        &self,
        program: &Program,
        endpoint: Endpoint,
        body: &[u8],
        known: &Known,
        stop: &dyn Fn() -> bool,
    ) -> Decided;
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
        /// Policies resolved by their failure policy.
        undecided: usize,
    },
    /// Not yet: this fact is missing. Never once `stop` says yes.
    Needs(Fact),
    /// The body is no AdmissionReview: why.
    Refused(String),
}
