//! A run, slice by slice.
//!
//! Comes in:  requests that are over.
//! Goes out:  a [`Tally`] for each slice of time in which they were due, and one of all.
//! Never here: drawing it.

use std::time::{Duration, Instant};

use crate::open::Done;
use crate::tally::Tally;

/// The length of a slice.
pub const SLICE: Duration = Duration::from_millis(250);

/// Tallies by the time when requests were due.
#[derive(Clone, Debug)]
pub struct Timeline {
    begin: Instant,
    /// One for each [`SLICE`] since the start.
    pub slices: Vec<Tally>,
}

impl Timeline {
    pub(crate) fn new(begin: Instant) -> Timeline {
        Timeline {
            begin,
            slices: Vec::new(),
        }
    }

    pub(crate) fn count(&mut self, done: Done) -> anyhow::Result<()> {
        let since = done.due.saturating_duration_since(self.begin);
        let place = (since.as_nanos() / SLICE.as_nanos()) as usize;
        while self.slices.len() <= place {
            let mut slice = Tally::new()?;
            slice.elapsed = SLICE;
            self.slices.push(slice);
        }
        if let Some(slice) = self.slices.get_mut(place) {
            slice.count(done.outcome, done.latency);
        }
        Ok(())
    }

    /// All slices from one moment to another.
    ///
    /// # Errors
    ///
    /// Never; see [`Tally::new`].
    pub fn between(&self, from: Duration, to: Duration) -> anyhow::Result<Tally> {
        let mut all = Tally::new()?;
        for (n, slice) in (0_u32..).zip(&self.slices) {
            let start = SLICE * n;
            if start >= from && start < to {
                all.add(slice);
                all.elapsed += SLICE;
            }
        }
        Ok(all)
    }

    /// All of it.
    ///
    /// # Errors
    ///
    /// Never; see [`Tally::new`].
    pub fn total(&self) -> anyhow::Result<Tally> {
        self.between(Duration::ZERO, Duration::MAX)
    }
}
