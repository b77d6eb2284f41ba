//! The report of blocked requests: what was denied lately, and why.
//!
//! Comes in:  the results that denied a request.
//! Goes out:  one ClusterPolicyReport, whose results name the objects that were not made or changed
//!            and carry the property `blocked`.
//! Never here: the reports of objects; a request that was denied changed none.
//!
//! It is of the whole cluster because an object that was denied is nobody's, and what a message
//! quotes of it is not for everybody in its namespace.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::entry::Entry;
use super::report::{Report, Scope};
use super::writer::{Before, Writer};

/// The report's name.
const NAME: &str = "blocked-requests";

/// Results that are kept: the latest.
const MOST: usize = 200;

/// The report is written at most this often, however much is denied.
const PAUSE: Duration = Duration::from_secs(2);

/// Gathers what was denied. Cheap to clone.
#[derive(Clone)]
pub(super) struct Blocked(Arc<Shared>);

struct Shared {
    writer: Writer,
    /// The oldest first.
    waiting: Mutex<Vec<Entry>>,
    some: Notify,
}

impl Blocked {
    /// Writes on `runtime`, for as long as it lives.
    pub(super) fn start(writer: Writer, runtime: &Handle) -> Blocked {
        let blocked = Blocked(Arc::new(Shared {
            writer,
            waiting: Mutex::default(),
            some: Notify::new(),
        }));
        runtime.spawn(blocked.clone().work());
        blocked
    }

    /// A request about `scope` was denied. Of what was said only the reasons are kept.
    pub(super) fn put(&self, scope: &Scope, entries: Vec<Entry>) {
        let reasons = entries.into_iter().filter(|entry| entry.weight() < 2);
        let reasons = reasons.map(|mut entry| {
            entry.block();
            entry.resources = vec![Scope {
                uid: String::new(),
                ..scope.clone()
            }];
            entry
        });
        let mut waiting = self.waiting();
        waiting.extend(reasons);
        let surplus = waiting.len().saturating_sub(MOST);
        waiting.drain(..surplus);
        drop(waiting);
        self.0.some.notify_one();
    }

    async fn work(self) {
        loop {
            self.0.some.notified().await;
            sleep(PAUSE).await;
            let fresh = std::mem::take(&mut *self.waiting());
            if let Err(error) = self.write(&fresh).await {
                tracing::debug!(%error, "the report of blocked requests cannot be written");
                self.0.writer.metrics().dropped.inc();
            }
        }
    }

    async fn write(&self, fresh: &[Entry]) -> kube::Result<()> {
        let writer = &self.0.writer;
        if !writer.keeps_objects() {
            return writer.append_blocked(fresh).await;
        }
        let format = writer.options().format;
        let empty = || Report::of_cluster(format, NAME);
        let make = |known: &[Entry]| Some(latest(known, fresh));
        let path = format.path("");
        let done = writer.change(&path, NAME, Before::Unknown, empty, make);
        done.await.map(drop)
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Entry>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// The latest of both; of one rule and one object only the last.
fn latest(known: &[Entry], fresh: &[Entry]) -> Vec<Entry> {
    let mut all: Vec<Entry> = known.iter().chain(fresh).cloned().collect();
    all.sort_by_key(|entry| std::cmp::Reverse(entry.timestamp));
    let mut latest: Vec<Entry> = Vec::new();
    for entry in all {
        let again = |other: &Entry| other.is_about(&entry) && other.resources == entry.resources;
        if latest.len() < MOST && !latest.iter().any(again) {
            latest.push(entry);
        }
    }
    latest
}
