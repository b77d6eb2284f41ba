//! What is deleted at stated times: by cleanup policies, by deleting policies, and by the label that
//! gives an object a time to live.
//!
//! Comes in:  those policies and labelled objects, followed; the time.
//! Goes out:  deletions, the time of the last run in each policy's status, events, counters.
//! Never here: whether an object is one to delete (see the engine's `reference::cleanup`).
//!
//! ```text
//! policies ─ followed ─> timetable ─ due ─> sweep: lists, evaluates, deletes ─> status
//! labelled objects ─ followed by kind ─> due times ─> deletes
//! ```
//!
//! Only the leader does any of it. The next run of a policy follows from its last one, which stands in
//! its status: a new leader takes up where the old one was, and what was missed in between is one run.

mod candidates;
mod sweep;
mod timetable;
mod ttl;

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::stream::SelectAll;
use futures::{FutureExt as _, StreamExt as _};
use kube::Client;
use kube::api::{DynamicObject, PostParams};
use portcullis_lang::functions::Inputs as _;
use portcullis_lang::scalar::time::Time;
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cluster::follow::{Event, Which, follow};
use crate::cluster::kinds::Followed;
use crate::cluster::objects;
use crate::controllers::Site;
use crate::events::Recorder;
use crate::facts::Desk;
use crate::facts::system::SystemInputs;
use crate::observe::cleanup::CleanupMetrics;
use timetable::{Due, Kind, Timetable};

/// A look at the clock at least this often: clocks are set, machines sleep.
const GLANCE: Duration = Duration::from_secs(10);

/// What the cleanup controller works with. Cloning shares it.
#[derive(Clone)]
pub(crate) struct Cleaner {
    client: Client,
    kinds: Followed,
    desk: Desk,
    events: Recorder,
    metrics: CleanupMetrics,
    ttl_interval: Duration,
}

impl Cleaner {
    /// A cleaner of the whole cluster. `ttl_interval`: how often it looks for kinds whose labelled
    /// objects it may delete.
    pub(crate) fn new(site: &Site, ttl_interval: Duration) -> Cleaner {
        Cleaner {
            client: site.client.clone(),
            kinds: site.kinds.clone(),
            desk: site.facts.clone(),
            events: site.events.clone(),
            metrics: site.metrics.cleanup.clone(),
            ttl_interval,
        }
    }

    /// Cleans up for as long as it is polled; to be dropped when this replica stops leading.
    pub(crate) async fn run(&self) {
        tokio::join!(self.follow_policies(), ttl::run(self));
    }

    async fn follow_policies(&self) {
        let mut events = SelectAll::new();
        for kind in Kind::ALL {
            let resource = kind.resource(&self.kinds.load());
            let followed = follow(&self.client, &resource, &Which::default());
            events.push(followed.map(move |event| (kind, event)).boxed());
        }
        let mut timetable = Timetable::default();
        let mut runs = JoinSet::new();
        loop {
            let now = now();
            for due in timetable.take_due(&now) {
                let (cleaner, now) = (self.clone(), now.clone());
                runs.spawn(async move {
                    let key = due.key.clone();
                    let run = AssertUnwindSafe(cleaner.carry_out(due, now));
                    if run.catch_unwind().await.is_err() {
                        tracing::error!(
                            ?key,
                            "a cleanup failed inside portcullis; please report it"
                        );
                    }
                    key
                });
            }
            let pause = timetable.next().map_or(GLANCE, |next| {
                let nanos = u64::try_from(next.since(&now).nanos()).unwrap_or(0);
                Duration::from_nanos(nanos).min(GLANCE)
            });
            tokio::select! {
                event = events.next() => match event {
                    Some((kind, Event::Restarted)) => timetable.restart(kind),
                    Some((kind, Event::Applied(object))) => timetable.apply(kind, object),
                    Some((kind, Event::Deleted(object))) => timetable.delete(kind, &object),
                    Some((kind, Event::Synced)) => timetable.sync(kind),
                    None => return,
                },
                Some(Ok(key)) = runs.join_next() => timetable.ended(&key),
                () = sleep(pause) => {}
            }
        }
    }

    /// One run of a policy, and its note in the policy's status.
    async fn carry_out(&self, due: Due, now: Time) {
        let policy = due.policy.name().to_owned();
        let swept = sweep::sweep(self, &due.policy).await;
        self.metrics.deleted.inc_by(swept.deleted);
        self.metrics.errors.inc_by(swept.errors);
        tracing::info!(
            policy,
            deleted = swept.deleted,
            errors = swept.errors,
            looked_at = swept.looked_at,
            "cleanup policy ran",
        );
        let resource = due.key.0.resource(&self.kinds.load());
        let api = objects::api(
            &self.client,
            &resource,
            due.object.metadata.namespace.as_deref(),
        );
        let mut object = due.object;
        note_run(&mut object, &now);
        if let Err(error) = api
            .replace_status(&policy, &PostParams::default(), &object)
            .await
        {
            // Changed meanwhile: the next run follows from the one before, which is now again.
            tracing::debug!(policy, %error, "cannot note the run in the policy's status");
        }
    }
}

fn note_run(object: &mut DynamicObject, now: &Time) {
    let at = now.to_utc().format("2006-01-02T15:04:05Z07:00");
    match object.data.get_mut("status") {
        Some(serde_json::Value::Object(status)) => {
            status.insert("lastExecutionTime".to_owned(), json!(at));
        }
        _ => {
            if let serde_json::Value::Object(data) = &mut object.data {
                data.insert("status".to_owned(), json!({ "lastExecutionTime": at }));
            }
        }
    }
}

fn now() -> Time {
    Time::from_unix_nanos(SystemInputs.now())
}
