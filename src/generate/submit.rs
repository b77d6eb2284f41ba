//! In the gate: what an admitted request sets off is left behind as an update request, after the answer.
//!
//! Comes in:  reviews that were answered.
//! Goes out:  update requests of the cluster. One that waits already for the same duty is renewed.
//! Never here: the request path; what it costs to carry a duty out.
//!
//! ```text
//! review ─ asked ─> channel ─> batch, by name ─┬─> created, or merged with the one that waits
//!             │                                └─> held: too many wait already, or no API server
//!             └─ no room anywhere ─> missed: a time ─> requests to look for triggers since then
//! ```
//!
//! Nothing that is set off is lost: what finds no room, and what was answered last by a gate that ended
//! before it got to it, is looked for in the cluster by the controller.

mod asked;
mod missed;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use kube::api::{Api, ListParams, PostParams};
use portcullis_engine::admit::Phase;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep};

use super::duty::Duty;
use super::request::{self, Cause, Request};
use super::trouble::is_code;
use crate::after::{Said, Sink};
use crate::observe::generate::GenerateMetrics;
use crate::snapshot::InForce;
use missed::Missed;

/// Duties that wait for the task that writes them.
const MOST_QUEUED: usize = 4_096;

/// Duties that are held back at most, for room in the cluster or for the API server.
const MOST_HELD: usize = 16_384;

/// How often what is held back is tried again, and the requests in the cluster are counted.
const PAUSE: Duration = Duration::from_secs(1);

/// Requests that are written at once.
const WRITERS: usize = 8;

/// Others write too, but not for ever.
const ATTEMPTS: usize = 5;

/// What a gate may have left undone that ended all of a sudden in this one's place: at its start each has
/// the controller look this far back.
const BEFORE_START: Duration = Duration::from_secs(60);

/// Update requests beyond which no more are written, where nobody says otherwise.
const THRESHOLD: usize = 1_000;

/// Hears of answered reviews, and leaves behind what they set off.
pub(crate) struct Triggers {
    in_force: Arc<InForce>,
    /// The user as which duties are carried out. Its requests set off only what asks for it.
    controller: String,
    queue: Sender<(Duty, Cause)>,
    /// How many were queued and are not written.
    unwritten: Arc<AtomicUsize>,
    missed: Missed,
    metrics: GenerateMetrics,
}

/// `updateRequestThreshold`: how many update requests there may be before new ones are held back; 0 for
/// any number.
#[derive(Clone, Debug)]
pub(crate) struct Threshold(Arc<AtomicUsize>);

impl Default for Threshold {
    fn default() -> Self {
        Threshold(Arc::new(AtomicUsize::new(THRESHOLD)))
    }
}

impl Threshold {
    /// From now on.
    pub(crate) fn set(&self, most: usize) {
        self.0.store(most, Ordering::Relaxed);
    }
}

/// How a gate leaves behind what requests set off.
pub(crate) struct Setting {
    /// Where update requests are: the namespace of the engine.
    pub(crate) namespace: String,
    /// The full name of the user as which duties are carried out.
    pub(crate) controller: String,
    /// When it is enough.
    pub(crate) threshold: Threshold,
    /// What is counted.
    pub(crate) metrics: GenerateMetrics,
}

impl Triggers {
    /// Writes to the cluster of `client`, by a task of the current runtime.
    pub(crate) fn start(
        client: &kube::Client,
        in_force: Arc<InForce>,
        setting: Setting,
    ) -> Triggers {
        let Setting {
            namespace,
            controller,
            threshold,
            metrics,
        } = setting;
        let (queue, waiting) = mpsc::channel(MOST_QUEUED);
        let missed = Missed::default();
        let start = Timestamp::now();
        missed.since(start.checked_sub(BEFORE_START).unwrap_or(start));
        let unwritten = Arc::<AtomicUsize>::default();
        let writer = Writer {
            api: request::api(client, &namespace),
            in_force: in_force.clone(),
            held: HashMap::new(),
            holding: start,
            unwritten: unwritten.clone(),
            missed: missed.clone(),
            threshold,
            counted: (0, None),
            metrics: metrics.clone(),
        };
        tokio::spawn(writer.run(waiting));
        Triggers {
            in_force,
            controller,
            queue,
            unwritten,
            missed,
            metrics,
        }
    }
}

impl Sink for Triggers {
    fn is_open(&self, _: Phase) -> bool {
        let snapshot = self.in_force.load();
        let snapshot = snapshot.as_ref();
        snapshot.is_some_and(|snapshot| snapshot.program.sets_off())
    }

    fn take(&self, said: &Said<'_>) {
        if !said.allowed || said.is_dry_run() {
            return;
        }
        for asked in asked::duties(said, &self.controller) {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
            if self.queue.try_send(asked).is_err() {
                self.unwritten.fetch_sub(1, Ordering::Relaxed);
                self.metrics.dropped.inc();
                self.missed.now();
            }
        }
    }

    fn miss(&self) {
        self.missed.now();
    }

    fn is_done(&self) -> bool {
        self.unwritten.load(Ordering::Relaxed) == 0 && !self.missed.is_some()
    }
}

struct Writer {
    api: Api<Request>,
    in_force: Arc<InForce>,
    /// By the names of their requests: the newest cause of each.
    held: HashMap<String, (Duty, Cause)>,
    /// Since when there was something in it all the time.
    holding: Timestamp,
    unwritten: Arc<AtomicUsize>,
    missed: Missed,
    threshold: Threshold,
    /// How many there were, and when they were counted.
    counted: (usize, Option<Instant>),
    metrics: GenerateMetrics,
}

impl Writer {
    async fn run(mut self, mut waiting: Receiver<(Duty, Cause)>) {
        loop {
            let first = tokio::select! {
                first = waiting.recv() => first,
                () = sleep(PAUSE), if !self.held.is_empty() => {
                    self.write().await;
                    continue;
                }
                () = self.missed.some() => {
                    self.look().await;
                    continue;
                }
            };
            let Some((duty, cause)) = first else { return };
            self.hold(duty, cause);
            while let Ok((duty, cause)) = waiting.try_recv() {
                self.hold(duty, cause);
            }
            self.write().await;
        }
    }

    fn hold(&mut self, duty: Duty, cause: Cause) {
        let name = duty.name();
        if self.held.len() >= MOST_HELD && !self.held.contains_key(&name) {
            self.metrics.dropped.inc();
            self.unwritten.fetch_sub(1, Ordering::Relaxed);
            self.missed.now();
            return;
        }
        if self.held.is_empty() {
            self.holding = Timestamp::now();
        }
        if self.held.insert(name, (duty, cause)).is_some() {
            self.unwritten.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Hands over what is missing: a moment later, since there will be more of it. What is held is looked
    /// for as well: if the process is about to end, nobody will write it.
    async fn look(&mut self) {
        sleep(PAUSE).await;
        if !self.held.is_empty() {
            self.missed.since(self.holding);
        }
        let snapshot = self.in_force.load().clone();
        // Without policies nobody knows what may be missing.
        if let Some(snapshot) = snapshot {
            self.missed.hand_over(&self.api, &snapshot.program).await;
        }
    }

    /// Writes what is held, as far as there is room.
    async fn write(&mut self) {
        let room = self.room().await;
        let names: Vec<String> = self.held.keys().take(room).cloned().collect();
        let batch: Vec<_> = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), self.held.remove(&name)?)))
            .collect();
        let api = &self.api;
        let writes = batch.into_iter().map(|(name, (duty, cause))| async move {
            let written = write(api, &name, &duty, &cause).await;
            (name, duty, cause, written)
        });
        let mut writes = futures::stream::iter(writes).buffer_unordered(WRITERS);
        let mut failed = Vec::new();
        while let Some((name, duty, cause, written)) = writes.next().await {
            match written {
                Ok(()) => {
                    self.metrics.submitted.inc();
                    self.unwritten.fetch_sub(1, Ordering::Relaxed);
                    self.counted.0 += 1;
                }
                Err(error) => {
                    tracing::warn!(%duty, %error, "cannot write an update request; trying again");
                    failed.push((name, (duty, cause)));
                }
            }
        }
        drop(writes);
        let failing = !failed.is_empty();
        for (name, asked) in failed {
            self.held.entry(name).or_insert(asked);
        }
        self.metrics.held.set(self.held.len() as i64);
        if failing {
            sleep(PAUSE).await;
        }
    }

    /// How many more requests there may be. Counting them is one small question in a while.
    async fn room(&mut self) -> usize {
        let most = self.threshold.0.load(Ordering::Relaxed);
        if most == 0 {
            return usize::MAX;
        }
        let (count, at) = self.counted;
        if at.is_none_or(|at| at.elapsed() >= PAUSE) || count >= most {
            let params = ListParams::default().limit(1);
            if let Ok(page) = self.api.list_metadata(&params).await {
                let more = page.metadata.remaining_item_count.unwrap_or_default();
                let count = page.items.len() + usize::try_from(more).unwrap_or_default();
                self.counted = (count, Some(Instant::now()));
            }
        }
        let room = most.saturating_sub(self.counted.0);
        if room == 0 && !self.held.is_empty() {
            let held = self.held.len();
            tracing::error!(
                held,
                threshold = most,
                "too many update requests; new ones are held back"
            );
        }
        room
    }
}

/// Writes one request. One that waits for the same duty is renewed: its rule is carried out for the
/// newest cause.
async fn write(api: &Api<Request>, name: &str, duty: &Duty, cause: &Cause) -> kube::Result<()> {
    let mut attempts = 0;
    loop {
        attempts += 1;
        let object = request::object(duty, cause);
        let created = api.create(&PostParams::default(), &object).await;
        match created {
            Ok(_) => return Ok(()),
            Err(error) if is_code(&error, 409) => {}
            Err(error) => return Err(error),
        }
        let Some(mut waiting) = api.get_opt(name).await? else {
            // Carried out just now, for what was there before.
            continue;
        };
        waiting.spec = object.spec;
        match api.replace(name, &PostParams::default(), &waiting).await {
            Ok(_) => return Ok(()),
            Err(error) if attempts >= ATTEMPTS => return Err(error),
            Err(error) if is_code(&error, 409) || is_code(&error, 404) => {}
            Err(error) => return Err(error),
        }
    }
}
