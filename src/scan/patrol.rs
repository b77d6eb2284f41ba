//! The scan of one kind.
//!
//! Comes in:  the objects of one resource and their changes; the plan and its changes; namespaces whose
//!            labels changed; reports that somebody deleted.
//! Goes out:  for each object whose verdicts are other ones than before: an update of its report, and
//!            events.
//! Never here: other kinds.
//!
//! Objects are evaluated as they come: in the first list, and in the lists that a new plan or the
//! interval ask for, page by page. What changes later waits a moment, because it seldom changes once.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use kube::api::{ApiResource, DynamicObject};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use super::ground::Ground;
use super::judge::Judge;
use super::known::{Known, Uid, hash, uid};
use super::plan::{Key, Plan};
use super::reading::{Page, Reading, Todo, next_page};
use crate::cluster::follow::{Event, Which, follow};
use crate::cluster::objects::{self, Pages};
use crate::observe::scan::Scanned;
use crate::reports::{Before, Owner, Settles, Update};

/// How long a changed object waits for its next change.
const SETTLE: Duration = Duration::from_millis(800);

/// Objects that wait at most.
const MOST_WAITING: usize = 500;

/// When what failed is tried again.
pub(super) const AGAIN: Duration = Duration::from_secs(5);

/// How often it is looked whether anything is due.
const TICK: Duration = Duration::from_millis(200);

/// Objects that are evaluated and written side by side.
pub(super) const AT_ONCE: usize = 8;

/// The scan of one kind.
pub(super) struct Patrol {
    pub(super) ground: Ground,
    pub(super) key: Key,
    pub(super) resource: ApiResource,
    pub(super) metrics: Scanned,
    pub(super) plan: Arc<Plan>,
    pub(super) objects: HashMap<Uid, Known>,
    /// Namespaces by name, so that each name is kept once.
    pub(super) namespaces: BTreeSet<Arc<str>>,
    waiting: HashMap<Uid, (DynamicObject, Instant)>,
    /// Objects to be fetched and evaluated anew.
    pub(super) again: Vec<(Arc<str>, Box<str>, Instant)>,
    todo: Todo,
    pub(super) list: u32,
    listing: bool,
}

impl Patrol {
    pub(super) fn new(ground: Ground, key: Key, resource: ApiResource, plan: Arc<Plan>) -> Patrol {
        Patrol {
            metrics: ground.metrics.scan.of(&resource.plural, &resource.group),
            ground,
            key,
            resource,
            plan,
            objects: HashMap::new(),
            namespaces: BTreeSet::new(),
            waiting: HashMap::new(),
            again: Vec::new(),
            todo: Todo::default(),
            list: 0,
            listing: false,
        }
    }

    /// Scans until nobody judges this kind any more.
    pub(super) async fn run(
        mut self,
        mut plans: watch::Receiver<Arc<Plan>>,
        mut labels: broadcast::Receiver<Arc<str>>,
        mut gone: broadcast::Receiver<Uid>,
    ) {
        let events = follow(&self.ground.client, &self.resource, &Which::default());
        let mut events = Box::pin(events);
        let mut reading: Option<Reading> = None;
        let every = self.ground.options.interval.max(Duration::from_secs(1));
        let mut full = tokio::time::interval_at(Instant::now() + every, every);
        full.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut settings = self.ground.config.subscribe();
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            if reading.is_none() && !self.todo.is_empty() && !self.listing {
                let api = objects::api(&self.ground.client, &self.resource, None);
                let todo = std::mem::take(&mut self.todo);
                reading = Some(Reading::start(Pages::new(api, None), todo));
            }
            tokio::select! {
                changed = plans.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let plan = plans.borrow_and_update().clone();
                    self.replan(plan).await;
                    if !self.plan.kinds.contains_key(&self.key) {
                        return;
                    }
                }
                event = events.next() => match event {
                    Some(event) => self.take(event).await,
                    None => return,
                },
                page = next_page(&mut reading) => reading = self.page(page, reading.take()).await,
                namespace = labels.recv() => match namespace {
                    Ok(namespace) => _ = self.todo.namespaces.insert(namespace),
                    // Too many at once to know them all.
                    Err(broadcast::error::RecvError::Lagged(_)) => self.todo.all = true,
                    Err(broadcast::error::RecvError::Closed) => return,
                },
                report = gone.recv() => if let Ok(uid) = report {
                    self.report_gone(uid);
                },
                Ok(()) = settings.changed(), if self.ground.options.filters => self.todo.all = true,
                _ = full.tick() => self.todo.all = true,
                _ = ticks.tick() => self.due().await,
            }
        }
    }

    /// A page of the list that is being read. What is left to read comes back.
    async fn page(&mut self, page: Page, reading: Option<Reading>) -> Option<Reading> {
        let todo = reading?.todo;
        match page {
            Some((pages, Ok(Some(objects)))) => {
                self.metrics.read.inc_by(objects.len() as u64);
                let judged = self.judge(objects, |judge, object| {
                    let namespace = object.metadata.namespace.as_deref();
                    todo.concerns(judge, namespace.unwrap_or_default())
                });
                let judged = judged.await;
                self.note(judged);
                Some(Reading::start(pages, todo))
            }
            Some((_, Ok(None))) => None,
            broken => {
                if let Some((_, Err(error))) = broken {
                    let kind = &self.resource.kind;
                    tracing::debug!(kind, %error, "a list broke off; it is begun anew");
                }
                self.todo.add(todo);
                sleep(TICK).await;
                None
            }
        }
    }

    /// Somebody deleted the report of an object that is there.
    fn report_gone(&mut self, uid: Uid) {
        if let Some(known) = self.objects.get_mut(&uid)
            && !known.verdicts.is_empty()
        {
            known.verdicts.clear();
            let due = Instant::now() + SETTLE;
            let again = (known.namespace.clone(), known.name.clone(), due);
            self.again.push(again);
        }
    }

    /// A new plan: judges that changed look at everything again, what others said is withdrawn.
    async fn replan(&mut self, plan: Arc<Plan>) {
        let before = std::mem::replace(&mut self.plan, plan);
        let versions = |plan: &Plan| -> HashMap<u64, u64> {
            let judges = plan.judges_of(&self.key);
            judges.map(|judge| (judge.id, judge.version)).collect()
        };
        let (old, new) = (versions(&before), versions(&self.plan));
        let changed = new
            .iter()
            .filter(|(id, version)| old.get(id) != Some(version));
        self.todo.judges.extend(changed.map(|(id, _)| *id));
        let key = self.key.clone();
        for judge in before.judges_of(&key) {
            if !new.contains_key(&judge.id) {
                self.withdraw(judge).await;
            }
        }
    }

    /// Takes back what a judge said that has nothing to say here any more.
    async fn withdraw(&mut self, judge: &Judge) {
        let own = |known: &Known| known.verdicts.iter().any(|one| one.judge == judge.id);
        let updates: Vec<_> = self
            .objects
            .iter()
            .filter(|(_, known)| own(known))
            .map(|(uid, known)| Update {
                owner: self.owner(*uid, known),
                entries: Vec::new(),
                settles: Settles::These(vec![judge.repeats.clone()]),
            })
            .collect();
        let writer = &self.ground.writer;
        futures::stream::iter(&updates)
            .for_each_concurrent(AT_ONCE, async |update| {
                // What stays is found when reports are looked through.
                let _ = writer.apply(update, Before::Unknown).await;
            })
            .await;
        for known in self.objects.values_mut() {
            known.verdicts.retain(|one| one.judge != judge.id);
        }
    }

    fn owner(&self, uid: Uid, known: &Known) -> Owner {
        Owner {
            api_version: self.resource.api_version.clone(),
            kind: self.resource.kind.clone(),
            namespace: known.namespace.to_string(),
            name: known.name.to_string(),
            uid: super::known::uid_text(uid),
        }
    }

    async fn take(&mut self, event: Event<DynamicObject>) {
        match event {
            Event::Restarted => {
                self.list = self.list.wrapping_add(1);
                self.listing = true;
            }
            Event::Synced => {
                self.listing = false;
                let list = self.list;
                self.objects.retain(|_, known| known.list == list);
                self.flush(true).await;
            }
            Event::Deleted(object) => {
                let uid = uid(object.metadata.uid.as_deref().unwrap_or_default());
                self.objects.remove(&uid);
                self.waiting.remove(&uid);
            }
            Event::Applied(object) => {
                self.metrics.read.inc();
                let key = uid(object.metadata.uid.as_deref().unwrap_or_default());
                if let Some(known) = self.objects.get_mut(&key) {
                    known.list = self.list;
                    if known.hash == Some(hash(&object)) {
                        self.waiting.remove(&key);
                        self.metrics.unchanged.inc();
                        return;
                    }
                }
                let due = Instant::now() + SETTLE;
                let due = self.waiting.get(&key).map_or(due, |(_, due)| *due);
                self.waiting.insert(key, (object, due));
                if self.waiting.len() >= MOST_WAITING {
                    self.flush(true).await;
                }
            }
        }
    }

    /// What waited long enough.
    async fn due(&mut self) {
        self.flush(self.listing).await;
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.again)
            .into_iter()
            .partition::<Vec<_>, _>(|(_, _, due)| *due <= now);
        self.again = later;
        let mut found = Vec::new();
        for (namespace, name, _) in due {
            let namespaced = Some(&*namespace).filter(|namespace| !namespace.is_empty());
            let api = objects::api(&self.ground.client, &self.resource, namespaced);
            match api.get_opt(&name).await {
                Ok(object) => found.extend(object),
                Err(_) => self.again.push((namespace, name, now + AGAIN)),
            }
        }
        if !found.is_empty() {
            self.metrics.read.inc_by(found.len() as u64);
            let judged = self.judge(found, |_, _| true).await;
            self.note(judged);
        }
    }

    /// Evaluates what waits; `all`: whether it waited long enough or not.
    async fn flush(&mut self, all: bool) {
        let now = Instant::now();
        let due = self.waiting.iter();
        let due = due.filter(|(_, (_, due))| all || *due <= now);
        let due: Vec<_> = due.map(|(uid, _)| *uid).collect();
        if due.is_empty() {
            return;
        }
        let waiting = &mut self.waiting;
        let objects = due.iter().filter_map(|uid| waiting.remove(uid));
        let objects: Vec<_> = objects.map(|(object, _)| object).collect();
        let judged = self.judge(objects, |_, _| true).await;
        self.note(judged);
    }
}
