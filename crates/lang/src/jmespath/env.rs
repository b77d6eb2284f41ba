//! What an evaluation has beside the document: memory, facts, and a limit to its work.

use std::cell::Cell;

use bumpalo::Bump;

use super::error::{Fault, Stop};
use crate::functions::Inputs;
use crate::value::Value;

/// Steps that an evaluation may take unless its caller says otherwise: about 50 ms of work.
const STEPS: u64 = 1_000_000;
/// Bytes of text that cost as much as one step.
const BYTES_PER_STEP: usize = 64;
/// Steps between two looks at whether the time is over: well under a millisecond of work.
const SLICE: u64 = 4_096;

/// The surroundings of one evaluation, or of several that share one budget.
///
/// The budget counts steps: one for each node evaluated, one for each item that a function looks
/// at, one for each 64 bytes of text that it reads or makes. Memory is bounded by it too.
pub struct Env<'v> {
    bump: &'v Bump,
    inputs: &'v dyn Inputs,
    /// Steps until the next look at the time.
    left: Cell<u64>,
    /// Steps after those.
    beyond: Cell<u64>,
    limit: u64,
}

impl<'v> Env<'v> {
    /// Surroundings with the usual budget.
    pub fn new(bump: &'v Bump, inputs: &'v dyn Inputs) -> Self {
        Self::with_steps(bump, inputs, STEPS)
    }

    /// Surroundings that allow `limit` steps.
    pub fn with_steps(bump: &'v Bump, inputs: &'v dyn Inputs, limit: u64) -> Self {
        Env {
            bump,
            inputs,
            left: Cell::new(limit.min(SLICE)),
            beyond: Cell::new(limit.saturating_sub(SLICE)),
            limit,
        }
    }

    /// Where created values lie.
    pub fn bump(&self) -> &'v Bump {
        self.bump
    }

    /// Time, randomness, host names.
    pub fn inputs(&self) -> &'v dyn Inputs {
        self.inputs
    }

    /// The steps that are left.
    pub fn steps_left(&self) -> u64 {
        self.left.get() + self.beyond.get()
    }

    /// Takes `steps` from the budget.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), Fault<'v>> {
        match self.left.get().checked_sub(steps as u64) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => self.spend_on(steps as u64),
        }
    }

    /// Goes on to the next slice, if there is one, and time for it.
    #[cold]
    fn spend_on(&self, steps: u64) -> Result<(), Fault<'v>> {
        let rest = self.steps_left().checked_sub(steps);
        let stop = match rest {
            None => Some(Stop::TooMuchWork { limit: self.limit }),
            Some(_) if self.inputs.is_over() => Some(Stop::TimeOver),
            Some(_) => None,
        };
        let rest = match stop {
            None => rest.unwrap_or_default(),
            Some(_) => 0,
        };
        self.left.set(rest.min(SLICE));
        self.beyond.set(rest.saturating_sub(SLICE));
        stop.map_or(Ok(()), |stop| Err(Fault::Stop(stop)))
    }

    /// Pays for walking the whole of `value`, as printing and comparing do.
    pub(crate) fn spend_walk(&self, value: Value<'_>) -> Result<(), Fault<'v>> {
        let left = usize::try_from(self.steps_left()).unwrap_or(usize::MAX);
        self.spend(value.weigh(left).unwrap_or(usize::MAX))
    }

    /// Pays for `bytes` of text, read or made.
    pub(crate) fn spend_bytes(&self, bytes: usize) -> Result<(), Fault<'v>> {
        self.spend(bytes / BYTES_PER_STEP)
    }
}
