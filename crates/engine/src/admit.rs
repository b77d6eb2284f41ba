//! One AdmissionReview from bytes to bytes: what the gate does for every request.
//!
//! Comes in:  the body of `POST /validate` or `POST /mutate`, a program, facts, a stop signal.
//! Goes out:  the body of the answer, and what the gate counts and logs.
//! Never here: HTTP, TLS, waiting.

use std::fmt;

use portcullis_lang::functions::Inputs;

use crate::facts::{Fact, Facts};
use crate::program::Program;

/// Which of the two webhooks was called.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Phase {
    /// Answers with a patch.
    Mutate,
    /// Answers yes or no.
    Validate,
}

/// Memory of one worker, reused from review to review.
#[derive(Debug, Default)]
pub struct Scratch {
    output: Vec<u8>,
}

/// Why a body is no AdmissionReview. The client is told; nothing was decided.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// Why there is no answer yet.
#[derive(Debug)]
pub enum Pending {
    /// Fetch this and call again. When it cannot be had in time, raise `stop` and call again.
    Fact(Fact),
    /// The body cannot be answered at all.
    Refused(Refusal),
}

/// One review's answer, and what is worth counting.
#[derive(Debug)]
pub struct Answer<'s> {
    /// The AdmissionReview response, JSON.
    pub body: &'s [u8],
    /// Was the request allowed?
    pub allowed: bool,
    /// Rules that found no outcome in time and were resolved by their policy's `failurePolicy`.
    pub undecided: usize,
}

/// What evaluation asks the outside while it runs; all of it answers at once.
#[derive(Clone, Copy)]
pub struct Outside<'o> {
    /// Answers from memory only.
    pub facts: &'o dyn Facts,
    /// The time and randomness of this review.
    pub inputs: &'o dyn Inputs,
    /// Asked before each rule: must the answer be on its way now? From then on, every rule
    /// without an outcome is resolved by its policy's `failurePolicy`.
    pub stop: &'o dyn Fn() -> bool,
}
