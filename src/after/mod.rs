//! What a verdict leaves behind: events, reports, update requests. After the answer, never before it.
//!
//! Comes in:  reviews that were answered, as they arrived, with the program that answered them.
//! Goes out:  what every policy said of each, to every [`Sink`].
//! Never here: what follows from it; a sink queues and returns.
//!
//! ```text
//! answer ─ offer (never waits) ─> queue, bounded ─> worker: evaluate once ─┬─> events
//!                                    └─ full: dropped, counted            ├─> reports
//!                                                                         └─> update requests
//! ```
//!
//! The request pays for two reference counts and one entry of a queue: the body that it arrived in is
//! shared, not copied. Whatever the plan found satisfied is evaluated here anew, for its passes.

mod results;
mod worker;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use portcullis_engine::admit::{Account, Phase, Undecided};
use portcullis_engine::program::Program;
use portcullis_engine::review::Review;
use tokio::time::{sleep, timeout};

use crate::facts::Known;
use crate::observe::after::AfterMetrics;

pub(crate) use results::Results;
pub(crate) use worker::Worker;

/// Reviews that wait at most.
const MOST_JOBS: usize = 1_000;

/// What the bodies that wait take at most, in bytes.
const MOST_BYTES: usize = 32 << 20;

/// How long a queue that was empty is left alone: answers are on their way by then, and whoever puts the next
/// one in it does not have to wake anybody.
const MOMENT: Duration = Duration::from_millis(10);

/// How often it is looked whether everything is done, at the end of the process.
const LOOK: Duration = Duration::from_millis(20);

/// What a job takes besides its body.
const OVERHEAD: usize = 256;

/// Something that wants to know what policies said.
pub(crate) trait Sink: Send + Sync {
    /// Would anything come of a review of this phase now? Asked for every request, so it looks at no
    /// more than an atomic.
    fn is_open(&self, phase: Phase) -> bool;

    /// What policies said of one review. Runs on the one thread that all sinks share: it must not
    /// wait.
    fn take(&self, said: &Said<'_>);

    /// A review that was let pass is not told of: too many waited, or it could not be evaluated.
    /// Called on the request path, so it must not wait.
    fn miss(&self) {}

    /// Is there nothing left to be done that it was told of?
    fn is_done(&self) -> bool {
        true
    }
}

/// What policies said of one review.
pub(crate) struct Said<'s> {
    /// Those that change objects, or all others.
    pub(crate) phase: Phase,
    /// The review.
    pub(crate) review: &'s Review<'s>,
    /// What they said, passes included.
    pub(crate) account: &'s Account,
    /// Was the request let pass, as far as this phase is concerned?
    pub(crate) allowed: bool,
    /// The program that answered: the policies that were asked, and the exceptions from them.
    pub(crate) program: &'s Program,
    /// What was asked of the outside for it.
    pub(crate) known: &'s Known,
    /// What the answer left to failure modes; the account, which had more time, may know better.
    pub(crate) undecided: &'s Undecided,
}

impl Said<'_> {
    /// Was it only asked what would happen?
    pub(crate) fn is_dry_run(&self) -> bool {
        let stated = self.review.request.get("dryRun");
        stated.and_then(|value| value.as_bool()).unwrap_or(false)
    }
}

/// A review that was answered.
#[derive(Debug)]
pub(crate) struct Job {
    /// Which policies were asked.
    pub(crate) phase: Phase,
    /// It, as it arrived.
    pub(crate) body: Bytes,
    /// What answered it.
    pub(crate) program: Arc<Program>,
    /// What had to be asked for it.
    pub(crate) known: Known,
    /// The answer.
    pub(crate) allowed: bool,
    /// What it left to failure modes, which takes no memory where everything was decided.
    pub(crate) undecided: Undecided,
}

/// The queue's end at which answers are put.
#[derive(Clone, Default)]
pub(crate) struct After(Option<Arc<Queue>>);

struct Queue {
    jobs: SyncSender<Job>,
    shared: Arc<Shared>,
}

/// What both ends of the queue look at.
struct Shared {
    sinks: Vec<Arc<dyn Sink>>,
    bytes: AtomicUsize,
    /// Reviews that wait or are being evaluated.
    jobs: AtomicUsize,
    metrics: AfterMetrics,
}

impl Shared {
    fn miss(&self, phase: Phase, allowed: bool) {
        if !allowed {
            return;
        }
        let open = self.sinks.iter().filter(|sink| sink.is_open(phase));
        open.for_each(|sink| sink.miss());
    }
}

impl After {
    /// A queue for these sinks, and its other end, which somebody has to run. Without sinks nothing
    /// is ever queued.
    pub(crate) fn new(
        sinks: Vec<Arc<dyn Sink>>,
        metrics: AfterMetrics,
    ) -> (After, Option<Waiting>) {
        if sinks.is_empty() {
            return (After(None), None);
        }
        let (jobs, waiting) = sync_channel(MOST_JOBS);
        let shared = Arc::new(Shared {
            sinks,
            bytes: AtomicUsize::new(0),
            jobs: AtomicUsize::new(0),
            metrics,
        });
        let waiting = Waiting {
            jobs: waiting,
            shared: shared.clone(),
        };
        (After(Some(Arc::new(Queue { jobs, shared }))), Some(waiting))
    }

    /// Would anything come of a review of this phase?
    pub(crate) fn is_open(&self, phase: Phase) -> bool {
        let Some(queue) = &self.0 else { return false };
        let mut sinks = queue.shared.sinks.iter();
        sinks.any(|sink| sink.is_open(phase))
    }

    /// Queues a review if there is room. Never waits.
    pub(crate) fn offer(&self, job: Job) {
        let Some(queue) = &self.0 else { return };
        let Shared {
            bytes,
            jobs,
            metrics,
            ..
        } = &*queue.shared;
        let (size, phase, allowed) = (job.size(), job.phase, job.allowed);
        let before = bytes.fetch_add(size, Ordering::Relaxed);
        jobs.fetch_add(1, Ordering::Relaxed);
        if before + size > MOST_BYTES || queue.jobs.try_send(job).is_err() {
            bytes.fetch_sub(size, Ordering::Relaxed);
            jobs.fetch_sub(1, Ordering::Relaxed);
            metrics.dropped.inc();
            queue.shared.miss(phase, allowed);
        } else {
            metrics.bytes.set((before + size) as i64);
        }
    }

    /// Returns when nothing is left to be done, or after `patience`. What is left then was missed, and
    /// sinks have half as long again to make the best of that. Says whether everything was done.
    pub(crate) async fn finish(&self, patience: Duration) -> bool {
        let Some(queue) = &self.0 else { return true };
        let Shared { jobs, sinks, .. } = &*queue.shared;
        let until = |time: Duration| {
            timeout(time, async {
                while jobs.load(Ordering::Relaxed) > 0 || !sinks.iter().all(|sink| sink.is_done()) {
                    sleep(LOOK).await;
                }
            })
        };
        if until(patience).await.is_ok() {
            return true;
        }
        sinks.iter().for_each(|sink| sink.miss());
        let _ = until(patience / 2).await;
        false
    }
}

impl Job {
    fn size(&self) -> usize {
        self.body.len() + OVERHEAD
    }
}

/// The queue's end at which jobs are taken.
pub(crate) struct Waiting {
    jobs: Receiver<Job>,
    shared: Arc<Shared>,
}

impl Waiting {
    /// The next job, a moment after there is one; `None` when nobody can offer any more.
    fn next(&self) -> Option<Job> {
        let job = match self.jobs.try_recv() {
            Ok(job) => job,
            Err(_) => {
                let first = self.jobs.recv().ok()?;
                thread::sleep(MOMENT);
                first
            }
        };
        let size = job.size();
        let before = self.shared.bytes.fetch_sub(size, Ordering::Relaxed);
        self.shared
            .metrics
            .bytes
            .set(before.saturating_sub(size) as i64);
        Some(job)
    }
}
