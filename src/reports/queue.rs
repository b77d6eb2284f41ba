//! The updates that wait: at most one for each object, however many requests there are about it.
//!
//! Comes in:  updates, from any thread.
//! Goes out:  the same to the [`Writer`], in batches, again after a pause where the API server fails.
//! Never here: waiting for room. What does not fit is dropped and counted.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::StreamExt as _;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::Update;
use super::writer::{Before, Writer};

/// Objects that wait at most.
const MOST: usize = 10_000;

/// How long a batch is gathered.
const GATHER: Duration = Duration::from_millis(250);

/// Updates that are written side by side.
const AT_ONCE: usize = 8;

/// How often the API server may fail before an update is given up.
const TRIES: u32 = 6;

/// The queue. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Shared>);

struct Shared {
    writer: Writer,
    waiting: Mutex<HashMap<String, Waiting>>,
    /// How many are being written.
    writing: AtomicUsize,
    some: Notify,
}

struct Waiting {
    update: Update,
    before: Before,
    tries: u32,
}

impl Queue {
    /// A queue that is worked off for as long as the runtime lives.
    pub(crate) fn start(writer: Writer) -> Queue {
        let queue = Queue(Arc::new(Shared {
            writer,
            waiting: Mutex::default(),
            writing: AtomicUsize::new(0),
            some: Notify::new(),
        }));
        tokio::spawn(queue.clone().work());
        queue
    }

    /// Who writes.
    pub(crate) fn writer(&self) -> &Writer {
        &self.0.writer
    }

    /// Does nothing wait, and is nothing being written?
    pub(crate) fn is_done(&self) -> bool {
        self.waiting().is_empty() && self.0.writing.load(Ordering::Relaxed) == 0
    }

    /// Queues an update; several for one object become one. `before`: what is known of its report.
    pub(crate) fn put(&self, update: Update, before: Before) {
        self.put_again(Waiting {
            update,
            before,
            tries: 0,
        });
    }

    fn put_again(&self, fresh: Waiting) {
        let Waiting { update, tries, .. } = fresh;
        let metrics = self.0.writer.metrics();
        let mut waiting = self.waiting();
        let room = waiting.len() < MOST;
        match waiting.entry(update.owner.uid.clone()) {
            // What failed is older than what waits.
            Entry::Occupied(mut known) if tries > 0 => known.get_mut().update.add_older(update),
            Entry::Occupied(mut known) => {
                let known = &mut known.get_mut().update;
                let older = std::mem::replace(known, update);
                known.add_older(older);
            }
            Entry::Vacant(free) if room => _ = free.insert(Waiting { update, ..fresh }),
            Entry::Vacant(_) => _ = metrics.dropped.inc(),
        }
        metrics.waiting.set(waiting.len() as i64);
        drop(waiting);
        self.0.some.notify_one();
    }

    async fn work(self) {
        loop {
            self.0.some.notified().await;
            sleep(GATHER).await;
            let batch = {
                let mut waiting = self.waiting();
                self.0.writing.store(waiting.len(), Ordering::Relaxed);
                std::mem::take(&mut *waiting)
            };
            let failed = futures::stream::iter(batch.into_values())
                .map(|waiting| self.write(waiting))
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect::<Vec<_>>()
                .await;
            self.0.writing.store(0, Ordering::Relaxed);
            self.0
                .writer
                .metrics()
                .waiting
                .set(self.waiting().len() as i64);
            let Some(tries) = failed.iter().map(|waiting| waiting.tries).max() else {
                continue;
            };
            let queue = self.clone();
            tokio::spawn(async move {
                sleep(GATHER * 2_u32.pow(tries)).await;
                for waiting in failed {
                    queue.put_again(waiting);
                }
            });
        }
    }

    /// Writes one update; what is to be tried again comes back.
    async fn write(&self, waiting: Waiting) -> Option<Waiting> {
        let Waiting {
            update,
            before,
            tries,
        } = waiting;
        let error = self.0.writer.apply(&update, before).await.err()?;
        let tries = tries + 1;
        let owner = &update.owner;
        if tries < TRIES {
            tracing::debug!(kind = owner.kind, %error, "a report cannot be written; trying again");
            return Some(Waiting {
                update,
                // Who knows what became of it.
                before: Before::Unknown,
                tries,
            });
        }
        tracing::warn!(kind = owner.kind, %error, "a report cannot be written");
        self.0.writer.metrics().dropped.inc();
        None
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<String, Waiting>> {
        // A map is never left half changed.
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Update {
    /// Adds what an older update says and this one does not.
    fn add_older(&mut self, older: Update) {
        for entry in older.entries {
            if !self.entries.iter().any(|known| known.is_about(&entry)) {
                self.entries.push(entry);
            }
        }
    }
}
