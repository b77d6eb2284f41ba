//! The engine behind the gate.
//!
//! Comes in:  what [`Decide`] gives.
//! Goes out:  the engine's answer, copied out of the worker's memory.
//! Never here: HTTP, waiting.

use std::cell::RefCell;

use bytes::Bytes;
use portcullis_engine::admit::{self, Answer, Outside, Pending, Scratch};

use super::decide::{Attempt, Decide, Decided};

thread_local! {
    /// Memory of this worker, reused from review to review.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Decides with the compiled program.
#[derive(Debug)]
pub(super) struct Engine;

impl Decide for Engine {
    fn decide(&self, attempt: &Attempt<'_>) -> Decided {
        let &Attempt {
            program,
            endpoint,
            body,
            known,
            time,
            modes,
            stages,
        } = attempt;
        let phase = endpoint.phase();
        let outside = Outside {
            facts: known,
            inputs: known,
            time,
            modes,
            stages,
        };
        SCRATCH.with(|scratch| {
            // Taken out, so that a panic leaves fresh memory behind instead of half a review.
            let mut memory = scratch.take();
            let decided = match admit::answer(program, phase, body, outside, &mut memory) {
                Ok(Answer {
                    body,
                    allowed,
                    spared,
                    concerns,
                    undecided,
                }) => Decided::Answer {
                    body: Bytes::copy_from_slice(body),
                    allowed,
                    spared,
                    concerns,
                    undecided,
                },
                Err(Pending::Facts(wanted)) => Decided::Needs(wanted),
                Err(Pending::Refused(refusal)) => Decided::Refused(refusal.to_string()),
            };
            scratch.replace(memory);
            decided
        })
    }
}
