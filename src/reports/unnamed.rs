//! Results of objects that are about to be made, and have no identity yet.
//!
//! Comes in:  what policies changed in an object that somebody is making.
//! Goes out:  the same once the object is there: with the results of the validating webhook, which
//!            sees its identity, or by asking the API server for it.
//! Never here: objects that are named by the API server: nobody can tell which of them it was.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use kube::api::{GetParams, PartialObjectMeta};
use kube::core::{DynamicObject, Request};
use portcullis_engine::facts::object_path;
use portcullis_engine::review::Review;
use tokio::runtime::Handle;
use tokio::time::interval;

use super::entry::Entry;
use super::report::Owner;
use super::writer::Before;
use super::{Queue, Settles, Update};

/// Objects that wait at most.
const MOST: usize = 1_000;

/// When the API server is asked for an object that no validating webhook has seen.
const ASK: Duration = Duration::from_secs(1);

/// When an object that is not there will not come any more: the request was denied later on.
const GIVE_UP: Duration = Duration::from_secs(12);

/// How much an API server's clock may differ.
const SKEW: jiff::SignedDuration = jiff::SignedDuration::from_secs(30);

/// The objects that wait. Cheap to clone.
#[derive(Clone)]
pub(super) struct Unnamed(Arc<Shared>);

struct Shared {
    queue: Queue,
    waiting: Mutex<HashMap<Owner, Waiting>>,
}

struct Waiting {
    entries: Vec<Entry>,
    /// Where the API server has its like.
    path: String,
    since: Instant,
    at: Timestamp,
}

impl Unnamed {
    /// Asks for objects on `runtime`, for as long as it lives.
    pub(super) fn start(queue: Queue, runtime: &Handle) -> Unnamed {
        let unnamed = Unnamed(Arc::new(Shared {
            queue,
            waiting: Mutex::default(),
        }));
        runtime.spawn(unnamed.clone().work());
        unnamed
    }

    /// `owner` has no identity yet.
    pub(super) fn put(&self, review: &Review<'_>, owner: Owner, entries: Vec<Entry>) {
        let plural = review.request.at(&["resource", "resource"]);
        let plural = plural
            .and_then(|plural| plural.as_str())
            .unwrap_or_default();
        if owner.name.is_empty() || plural.is_empty() {
            return;
        }
        let owner = Owner {
            namespace: match owner.kind.as_str() {
                // A request about a Namespace says that it is in itself.
                "Namespace" => String::new(),
                // A request for an object of a namespace may leave the namespace to its address.
                _ => review.namespace.to_owned(),
            },
            ..owner
        };
        let mut waiting = self.waiting();
        if waiting.len() >= MOST {
            self.0.queue.writer().metrics().dropped.inc();
            return;
        }
        let path = object_path(&owner.api_version, plural, &owner.namespace, "");
        let known = Waiting {
            entries,
            path,
            since: Instant::now(),
            at: Timestamp::now(),
        };
        waiting.insert(owner, known);
    }

    /// The object is about to be there: what waits for it is added to `entries`.
    pub(super) fn claim(&self, owner: &Owner, entries: &mut Vec<Entry>) {
        let unnamed = Owner {
            uid: String::new(),
            ..owner.clone()
        };
        if let Some(waiting) = self.waiting().remove(&unnamed) {
            entries.extend(waiting.entries);
        }
    }

    async fn work(self) {
        let mut ticks = interval(ASK);
        loop {
            ticks.tick().await;
            let due: Vec<_> = {
                let waiting = self.waiting();
                let due = waiting.iter().filter(|(_, one)| one.since.elapsed() >= ASK);
                due.map(|(owner, one)| (owner.clone(), one.path.clone(), one.at))
                    .collect()
            };
            for (owner, path, at) in due {
                let uid = self.uid(&owner, &path, at).await;
                let mut waiting = self.waiting();
                match (uid, waiting.get(&owner)) {
                    (Some(uid), Some(_)) => {
                        let entries = waiting.remove(&owner).map(|one| one.entries);
                        let update = Update {
                            owner: Owner { uid, ..owner },
                            entries: entries.unwrap_or_default(),
                            settles: Settles::Nothing,
                        };
                        self.0.queue.put(update, Before::Unknown);
                    }
                    (None, Some(one)) if one.since.elapsed() >= GIVE_UP => {
                        waiting.remove(&owner);
                    }
                    _ => {}
                }
            }
        }
    }

    /// The identity of the object, if it is there and was made since `at`.
    async fn uid(&self, owner: &Owner, path: &str, at: Timestamp) -> Option<String> {
        let request = Request::new(path).get_metadata(&owner.name, &GetParams::default());
        let client = self.0.queue.writer().client();
        let found = client.request::<PartialObjectMeta<DynamicObject>>(request.ok()?);
        let metadata = found.await.ok()?.metadata;
        let made = metadata.creation_timestamp?.0;
        (made >= at.checked_sub(SKEW).ok()?).then_some(metadata.uid?)
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Owner, Waiting>> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
