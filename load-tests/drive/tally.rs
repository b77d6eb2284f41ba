//! What a run of requests came to.
//!
//! Comes in:  one outcome after the other.
//! Goes out:  counts and latencies.
//! Never here: comparing runs.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::review::Outcome;

/// Counts and latencies of a run, or of a part of it.
#[derive(Clone, Debug)]
pub struct Tally {
    latencies: Histogram<u64>,
    /// Answers as expected.
    pub right: u64,
    /// Answers by a failure mode, in time.
    pub failure_mode: u64,
    /// Answers with another verdict or status.
    pub wrong: u64,
    /// Requests whose answer did not come in time.
    pub late: u64,
    /// Requests whose connection broke.
    pub lost: u64,
    /// How long the run took.
    pub elapsed: Duration,
    /// What the server's threads used of the CPU in that time.
    pub cpu: Duration,
}

impl Tally {
    /// Nothing counted yet.
    ///
    /// # Errors
    ///
    /// Never: three digits are few enough.
    pub fn new() -> anyhow::Result<Tally> {
        Ok(Tally {
            // Nanoseconds, to three digits.
            latencies: Histogram::new(3)?,
            right: 0,
            failure_mode: 0,
            wrong: 0,
            late: 0,
            lost: 0,
            elapsed: Duration::ZERO,
            cpu: Duration::ZERO,
        })
    }

    /// Counts a request.
    pub fn count(&mut self, outcome: Outcome, latency: Duration) {
        let counter = match outcome {
            Outcome::Right => &mut self.right,
            Outcome::FailureMode => &mut self.failure_mode,
            Outcome::Wrong => &mut self.wrong,
            Outcome::Late => &mut self.late,
            Outcome::Lost => &mut self.lost,
        };
        *counter += 1;
        if outcome != Outcome::Lost {
            // It grows as needed, so that no latency is out of its range.
            let _ = self.latencies.record(latency.as_nanos() as u64);
        }
    }

    /// Takes in what another worker counted.
    pub fn add(&mut self, other: &Tally) {
        // Both have the same digits and resize themselves.
        let _ = self.latencies.add(&other.latencies);
        self.right += other.right;
        self.failure_mode += other.failure_mode;
        self.wrong += other.wrong;
        self.late += other.late;
        self.lost += other.lost;
    }

    /// Requests that had an answer in time.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.right + self.failure_mode + self.wrong
    }

    /// All requests.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.answered() + self.late + self.lost
    }

    /// Answers per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.answered() as f64 / self.elapsed.as_secs_f64()
    }

    /// The server's CPU time for each answer, in microseconds.
    #[must_use]
    pub fn cpu_micros(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e6 / self.answered().max(1) as f64
    }

    /// The latency that this share of answers, such as 0.99, stays under; in milliseconds.
    #[must_use]
    pub fn millis_at(&self, quantile: f64) -> f64 {
        self.latencies.value_at_quantile(quantile) as f64 / 1e6
    }
}
