//! The thread that evaluates answered reviews once more, for everybody who wants to know.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use portcullis_engine::admit::{self, Outside, Pending, Scratch, Told};
use portcullis_engine::failure::{Cause, Time};
use tokio::runtime::Handle;

use super::{Job, Said, Waiting};
use crate::facts::{Desk, Errand};
use crate::settings::SettingsInForce;

/// The time that one review has, facts included. A review that needs longer leaves nothing behind.
const BUDGET: Duration = Duration::from_secs(10);

/// How much of it is kept back for the last attempt.
const RESERVE: Duration = Duration::from_secs(1);

/// How much less the thread counts than those that serve, as `nice` has it.
const NICE: i32 = 10;

/// Works a queue off.
pub(crate) struct Worker {
    waiting: Waiting,
    facts: Desk,
    settings: Arc<SettingsInForce>,
    runtime: Handle,
    scratch: Scratch,
}

impl Worker {
    pub(crate) fn new(
        waiting: Waiting,
        facts: Desk,
        settings: Arc<SettingsInForce>,
        runtime: Handle,
    ) -> Worker {
        Worker {
            waiting,
            facts,
            settings,
            runtime,
            scratch: Scratch::default(),
        }
    }

    /// Works for as long as anybody may offer a review.
    pub(crate) fn run(mut self) {
        // Linux counts threads like processes. Where it cannot be had, the work is done all the same.
        let _ = rustix::process::setpriority_process(None, NICE);
        while let Some(job) = self.waiting.next() {
            let (phase, allowed) = (job.phase, job.allowed);
            let worked = catch_unwind(AssertUnwindSafe(|| self.work(job)));
            let shared = &self.waiting.shared;
            match worked {
                Ok(true) => _ = shared.metrics.told.inc(),
                failed => {
                    if failed.is_err() {
                        self.scratch = Scratch::default();
                    }
                    shared.metrics.failed.inc();
                    shared.miss(phase, allowed);
                }
            };
            shared.jobs.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Evaluates one review and tells the sinks. False where it cannot be evaluated.
    fn work(&mut self, mut job: Job) -> bool {
        let begun = Instant::now();
        let shared = &self.waiting.shared;
        let settings = self.settings.load();
        let over = |limit: Option<Duration>| {
            begun.elapsed() >= limit.map_or(BUDGET, |limit| limit.min(BUDGET))
        };
        let waited = |limit| begun.elapsed() >= limit;
        let mut errand = Errand::new(&self.facts, begun, begun + (BUDGET - RESERVE));
        job.known.begin();
        loop {
            let known = &job.known;
            let outside = Outside {
                facts: known,
                inputs: known,
                time: Time {
                    over: &over,
                    waited: &waited,
                    budget: BUDGET,
                    cause: Cause::Deadline,
                },
                modes: &settings.modes,
                stages: None,
            };
            let tell = |told: &Told<'_>| {
                let said = Said {
                    phase: job.phase,
                    review: &told.review,
                    account: &told.account,
                    allowed: job.allowed,
                    program: &job.program,
                    known,
                    undecided: &job.undecided,
                };
                let open = shared.sinks.iter().filter(|sink| sink.is_open(job.phase));
                open.for_each(|sink| sink.take(&said));
            };
            match admit::tell(
                &job.program,
                job.phase,
                &job.body,
                outside,
                &mut self.scratch,
                tell,
            ) {
                Ok(()) => return true,
                Err(Pending::Refused(_)) => return false,
                Err(Pending::Facts(_)) if over(None) => return false,
                Err(Pending::Facts(wanted)) => {
                    self.runtime.block_on(errand.wait(&wanted, &mut job.known));
                }
            }
        }
    }
}
