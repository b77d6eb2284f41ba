//! What was made and what it was copied from, followed by its labels.
//!
//! Comes in:  the kinds that rules make and copy; changes of their objects, without their content.
//! Goes out:  duties to look at again, in the queue.
//! Never here: kinds that no rule with `synchronize` is about; the objects themselves.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::StreamExt as _;
use kube::api::{ApiResource, DynamicObject};
use kube::core::metadata::PartialObjectMeta;
use portcullis_engine::doc::Body;
use portcullis_engine::program::Program;
use tokio::task::AbortHandle;

use super::between::Between;
use super::downstream::{Place, Written};
use super::duty::{Duty, What, policy_key};
use super::labels::{self, CLONE_SOURCE, Labels, MADE, SOURCE_UID};
use super::queue::Queue;
use super::rules;
use super::work::{Removal, Work};
use crate::cluster::follow::{Event, Which, follow_metadata};
use crate::cluster::objects;
use crate::controllers::Site;

type Kind = (String, String);
type Meta = PartialObjectMeta<DynamicObject>;

/// The watches of one term of leadership. Dropping it ends them.
pub(super) struct Watches {
    seen: Arc<Seen>,
    made: Mutex<HashMap<Kind, AbortHandle>>,
    sources: Mutex<HashMap<Kind, AbortHandle>>,
}

/// What watches have seen, and whom they tell.
struct Seen {
    site: Site,
    queue: Arc<Queue<Work>>,
    written: Arc<Written>,
    between: Arc<Between>,
    /// Labels of everything that was made, of the kinds that are followed.
    made: Mutex<HashMap<Place, Labels>>,
}

impl Watches {
    pub(super) fn new(
        site: Site,
        queue: Arc<Queue<Work>>,
        written: Arc<Written>,
        between: Arc<Between>,
    ) -> Watches {
        Watches {
            seen: Arc::new(Seen {
                site,
                queue,
                written,
                between,
                made: Mutex::default(),
            }),
            made: Mutex::default(),
            sources: Mutex::default(),
        }
    }

    /// Follows what rules make of a kind.
    pub(super) fn follow_made(&self, api_version: &str, kind: &str) {
        self.start(&self.made, api_version, kind, |seen, resource| async move {
            futures::join!(seen.follow_made(&resource), seen.made_before(&resource));
        });
    }

    /// Follows what rules copy of a kind.
    pub(super) fn follow_sources(&self, api_version: &str, kind: &str) {
        self.start(
            &self.sources,
            api_version,
            kind,
            |seen, resource| async move {
                futures::join!(
                    seen.follow_sources(&resource),
                    seen.copied_before(&resource)
                );
            },
        );
    }

    fn start<F: Future<Output = ()> + Send + 'static>(
        &self,
        running: &Mutex<HashMap<Kind, AbortHandle>>,
        api_version: &str,
        kind: &str,
        follow: impl FnOnce(Arc<Seen>, ApiResource) -> F,
    ) {
        let mut running = lock(running);
        let key = (api_version.to_owned(), kind.to_owned());
        if running.contains_key(&key) {
            return;
        }
        let kinds = self.seen.site.kinds.load();
        // A kind that is not served yet is looked up again with the next duty.
        let Some(served) = kinds
            .of(api_version, kind)
            .filter(|served| served.can("watch"))
        else {
            return;
        };
        let task = tokio::spawn(follow(self.seen.clone(), served.resource()));
        running.insert(key, task.abort_handle());
    }

    /// The kinds of which something was made, as far as is known.
    pub(super) fn kinds_made(&self) -> Vec<Kind> {
        lock(&self.made).keys().cloned().collect()
    }

    /// The kinds of which anything is followed.
    pub(super) fn kinds_followed(&self) -> BTreeSet<Kind> {
        let mut kinds: BTreeSet<Kind> = lock(&self.sources).keys().cloned().collect();
        kinds.extend(self.kinds_made());
        kinds
    }

    /// How many objects were made, as far as is known.
    pub(super) fn count(&self) -> usize {
        lock(&self.seen.made).len()
    }

    /// The duties by which objects were made, where `chosen` agrees.
    pub(super) fn duties(&self, chosen: impl Fn(&Duty) -> bool) -> HashSet<Duty> {
        let made = lock(&self.seen.made);
        let duties = made.values().filter_map(labels::duty);
        duties.filter(chosen).collect()
    }
}

impl Drop for Watches {
    fn drop(&mut self) {
        for running in [&self.made, &self.sources] {
            lock(running).values().for_each(AbortHandle::abort);
        }
    }
}

impl Seen {
    /// What rules made and somebody deleted while nobody led.
    async fn made_before(&self, resource: &ApiResource) {
        let tell = |object: Meta| {
            let labels = object.metadata.labels.unwrap_or_default();
            if let Some(duty) = labels::duty(&labels) {
                self.look_at(duty);
            }
        };
        let between = &self.between;
        between.deleted(&self.site, resource, MADE, tell).await;
    }

    /// Sources that somebody deleted while nobody led.
    async fn copied_before(&self, resource: &ApiResource) {
        let mut gone = Vec::new();
        let tell = |object| gone.push(object);
        let between = &self.between;
        let told = between.deleted(&self.site, resource, CLONE_SOURCE, tell);
        told.await;
        for object in gone {
            let place = place(resource, &object);
            let uid = object.metadata.uid.unwrap_or_default();
            self.source_gone(resource, &place, &uid).await;
        }
    }

    async fn follow_made(&self, resource: &ApiResource) {
        let which = Which {
            labels: Some(MADE),
            ..Which::default()
        };
        let mut events = pin!(follow_metadata(&self.site.client, resource, &which));
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Restarted => listed.clear(),
                Event::Applied(object) => {
                    let place = place(resource, &object);
                    listed.insert(place.clone());
                    self.changed(place, object);
                }
                Event::Deleted(object) => self.gone(&place(resource, &object)),
                Event::Synced => {
                    let is_lost = |place: &Place| {
                        place.kind == resource.kind
                            && place.api_version == resource.api_version
                            && !listed.contains(place)
                    };
                    let made = lock(&self.made);
                    let lost: Vec<Place> = made
                        .keys()
                        .filter(|place| is_lost(place))
                        .cloned()
                        .collect();
                    drop(made);
                    lost.iter().for_each(|place| self.gone(place));
                }
            }
        }
    }

    fn changed(&self, place: Place, object: Meta) {
        let labels = object.metadata.labels.unwrap_or_default();
        let version = object.metadata.resource_version.unwrap_or_default();
        let duty = labels::duty(&labels);
        let ours = self.written.is_ours(&place, &version);
        lock(&self.made).insert(place, labels);
        if let Some(duty) = duty.filter(|_| !ours) {
            self.look_at(duty);
        }
    }

    fn gone(&self, place: &Place) {
        self.written.forget(place);
        let labels = lock(&self.made).remove(place);
        if let Some(duty) = labels.as_ref().and_then(labels::duty) {
            self.look_at(duty);
        }
    }

    /// Queues a duty, where its rule keeps what it made.
    fn look_at(&self, duty: Duty) {
        let snapshot = self.site.policies.load();
        let keeps = snapshot
            .as_ref()
            .is_some_and(|snapshot| keeps(&snapshot.program, &duty));
        if keeps {
            self.queue.add(Work::Duty(duty));
        }
    }

    async fn follow_sources(&self, resource: &ApiResource) {
        let which = Which {
            labels: Some(CLONE_SOURCE),
            ..Which::default()
        };
        let mut events = pin!(follow_metadata(&self.site.client, resource, &which));
        // UID and version of each, by its place.
        let mut known: HashMap<Place, (String, String)> = HashMap::new();
        let mut listed = HashSet::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Restarted => listed.clear(),
                Event::Applied(object) => {
                    let place = place(resource, &object);
                    let uid = object.metadata.uid.unwrap_or_default();
                    let version = object.metadata.resource_version.unwrap_or_default();
                    listed.insert(place.clone());
                    let before = known.insert(place, (uid.clone(), version.clone()));
                    if before.is_some_and(|(_, before)| before != version) {
                        self.source_changed(&uid);
                    }
                }
                Event::Deleted(object) => {
                    let place = place(resource, &object);
                    let uid = object.metadata.uid.unwrap_or_default();
                    known.remove(&place);
                    self.source_gone(resource, &place, &uid).await;
                }
                Event::Synced => {
                    let lost: Vec<Place> = known
                        .keys()
                        .filter(|place| !listed.contains(*place))
                        .cloned()
                        .collect();
                    for place in lost {
                        if let Some((uid, _)) = known.remove(&place) {
                            self.source_gone(resource, &place, &uid).await;
                        }
                    }
                }
            }
        }
    }

    fn source_changed(&self, uid: &str) {
        let of_it = |labels: &&Labels| labels.get(SOURCE_UID).is_some_and(|of| of == uid);
        let made = lock(&self.made);
        let duties: HashSet<Duty> = made
            .values()
            .filter(of_it)
            .filter_map(labels::duty)
            .collect();
        drop(made);
        duties.into_iter().for_each(|duty| self.look_at(duty));
    }

    /// It is gone, or only its mark is.
    async fn source_gone(&self, resource: &ApiResource, place: &Place, uid: &str) {
        let namespace = Some(place.namespace.as_str()).filter(|text| !text.is_empty());
        let api = objects::api(&self.site.client, resource, namespace);
        match api.get_metadata_opt(&place.name).await {
            Ok(Some(object)) if object.metadata.uid.as_deref() == Some(uid) => {
                self.source_changed(uid);
            }
            _ => self
                .queue
                .add(Work::Remove(Removal::OfSource(uid.to_owned()))),
        }
    }
}

/// Does the rule of a duty keep in step what it made?
pub(super) fn keeps(program: &Program, duty: &Duty) -> bool {
    match duty.what {
        What::Generate => rules::find(program, duty).is_some_and(
            |(_, rule)| matches!(&rule.body, Body::Generate(body) if body.synchronize),
        ),
        What::CelGenerate => {
            let mut policies = program.generating().iter();
            policies.any(|policy| {
                policy.evaluation.synchronize && policy_key(&policy.id) == duty.policy
            })
        }
        What::Mutate | What::CelMutate => false,
    }
}

fn place(resource: &ApiResource, object: &Meta) -> Place {
    Place {
        api_version: resource.api_version.clone(),
        kind: resource.kind.clone(),
        namespace: object.metadata.namespace.clone().unwrap_or_default(),
        name: object.metadata.name.clone().unwrap_or_default(),
    }
}

/// What a panic left behind is as good as ever: nothing here is half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
