//! Objects of a cluster as a source: the same changes as of files, at paths of their own.
//!
//! Comes in:  a connection, the resources that are wanted, what was known before the process started.
//! Goes out:  batches of [`Change`]s. The first comes when every resource was listed once, so that
//!            nothing is decided by half of the policies.
//! Never here: what an object means.
//!
//! ```text
//! kinds served ─> one watch each ─told─> tables of what is known ─differences─> settle ─> changes
//! ```
//!
//! What is known goes only when the API server says so: it is deleted, it is missing from a complete
//! list, or its definition is gone. A broken watch, a list that fails, an API server that is away or
//! does not serve a kind for a moment take nothing away.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use futures::StreamExt as _;
use futures::future::{BoxFuture, Shared, join_all};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, ListParams};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until, timeout};

use super::object::{self, Objects};
use super::wanted::Wanted;
use super::{Change, Content};
use crate::cluster::follow::{self, Event, Which};
use crate::cluster::kinds::Followed;

/// After the last change: objects that are applied together come into force together.
const QUIET: Duration = Duration::from_millis(10);

/// What comes after this long without a change does not wait for others: it may be the policy that the
/// next request is meant to meet.
const CALM: Duration = Duration::from_millis(200);

/// After the first change, whatever happens.
const LONGEST: Duration = Duration::from_millis(100);

/// How long the first batch waits for an API server, where what was known before can decide.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same where nothing was known before: a resource that is not listed yet is then policies that
/// nobody asks, which is worse than another replica that comes late.
const LONG_PATIENCE: Duration = Duration::from_secs(30);

/// How often a resource that is no longer served is asked about.
const ASK_AGAIN: Duration = Duration::from_secs(1);

/// What the API server serves, as soon as it has said so once.
pub(crate) type Kinds = Shared<BoxFuture<'static, Followed>>;

/// What the source is made of.
pub(crate) struct Source {
    pub(crate) client: Client,
    pub(crate) kinds: Kinds,
    pub(crate) wanted: Vec<Wanted>,
    /// What was last known before this process started; those who keep it have it already.
    pub(crate) known: Vec<Change>,
    pub(crate) objects: Objects,
    /// Where batches go.
    pub(crate) out: Sender<Vec<Change>>,
}

impl Source {
    /// Follows for as long as somebody takes the batches.
    pub(crate) async fn run(self) {
        let (teller, told) = unbounded_channel();
        let mut tables = Tables {
            client: self.client,
            tables: self.wanted.into_iter().map(Table::new).collect(),
            digest: RandomState::new(),
            pending: BTreeMap::new(),
            objects: self.objects,
            teller,
        };
        let seeded = tables.seed(&self.known);
        let patience = if seeded > 0 { PATIENCE } else { LONG_PATIENCE };
        let give_up = Instant::now() + patience;
        let mut told = told;
        let mut kinds = self.kinds;
        let followed = match tables.begin(&mut kinds, &mut told, give_up, seeded).await {
            Some(followed) => followed,
            None => {
                tracing::warn!(
                    policies = seeded,
                    "the API server does not answer; starting with the policies known last"
                );
                if self.out.send(tables.take()).is_err() {
                    return;
                }
                let followed = kinds.await;
                tables.follow_served(&followed).await;
                followed
            }
        };
        tables.go_on(&followed, &mut told, &self.out).await;
    }
}

/// What a watch told: of which table, in which of its runs.
type Told = (usize, u32, Event<DynamicObject>);

struct Tables {
    client: Client,
    tables: Vec<Table>,
    /// Tells one text from another.
    digest: RandomState,
    /// What is to be handed out next.
    pending: BTreeMap<Arc<Path>, Content>,
    objects: Objects,
    teller: UnboundedSender<Told>,
}

/// One resource.
struct Table {
    wanted: Wanted,
    /// Its watch, and what that asks for; none while it is not served.
    watch: Option<(AbortHandle, ApiResource)>,
    /// Counts watches, so that what an ended one still told is left alone.
    run: u32,
    /// Was it missing when the API server last said what it serves?
    missing: bool,
    /// Digests of texts.
    known: BTreeMap<Arc<Path>, u64>,
    /// What the list that is being read has brought.
    listed: Option<BTreeSet<Arc<Path>>>,
    /// Was it listed completely, once?
    synced: bool,
    /// May this process not list it?
    refused: bool,
}

impl Tables {
    /// Takes over what was known before; says how much.
    fn seed(&mut self, known: &[Change]) -> usize {
        let mut count = 0;
        for Change { path, content } in known {
            let Content::Text(text) = content else {
                continue;
            };
            let Some(below) = object::below_scheme(path) else {
                continue;
            };
            let mut tables = self.tables.iter_mut();
            let of = tables.find(|table| below.starts_with(table.wanted.name()));
            // Of a resource that is not wanted any more: it goes with the first batch.
            let Some(table) = of else {
                self.pending.insert(path.clone(), Content::Gone);
                continue;
            };
            table.known.insert(path.clone(), self.digest.hash_one(text));
            count += 1;
        }
        count
    }

    /// Waits until everything served was listed, or patience ends and something else can decide: what
    /// was listed so far, or what was known before. `None` where nothing was ever heard.
    async fn begin(
        &mut self,
        kinds: &mut Kinds,
        told: &mut UnboundedReceiver<Told>,
        give_up: Instant,
        seeded: usize,
    ) -> Option<Followed> {
        let followed = if seeded == 0 {
            kinds.clone().await
        } else {
            tokio::time::timeout_at(give_up, kinds.clone()).await.ok()?
        };
        self.follow_served(&followed).await;
        let mut late = false;
        let mut ask_at = Instant::now() + ASK_AGAIN;
        let complete = |tables: &Tables| {
            let mut running = tables.tables.iter().filter(|table| table.watch.is_some());
            running.all(|table| table.synced || table.refused)
        };
        while !complete(self) {
            let some = seeded > 0 || self.tables.iter().any(|table| table.synced);
            if late && some {
                break;
            }
            tokio::select! {
                Some(news) = told.recv() => self.hear(news),
                () = sleep_until(ask_at) => {
                    self.find_refused().await;
                    ask_at = Instant::now() + ASK_AGAIN;
                }
                () = sleep_until(give_up), if !late => late = true,
            }
        }
        let missing = self.unsynced();
        if !missing.is_empty() {
            tracing::warn!(?missing, "some policies cannot be listed; going on");
        }
        Some(followed)
    }

    /// Asks about what was not listed yet: one that this process has no right to must not keep it from
    /// deciding by the others. It is followed all the same, for the day on which it has.
    async fn find_refused(&mut self) {
        let one = ListParams::default().limit(1);
        let unsynced = self.tables.iter_mut().filter(|table| !table.synced);
        let asked = unsynced.filter_map(|table| {
            let (_, resource) = table.watch.as_ref()?;
            let client = self.client.clone();
            let api: Api<DynamicObject> = match &table.wanted.namespace {
                Some(namespace) => Api::namespaced_with(client, namespace, resource),
                None => Api::all_with(client, resource),
            };
            let (one, refused) = (&one, &mut table.refused);
            Some(async move {
                let listed = timeout(ASK_AGAIN, api.list_metadata(one)).await;
                *refused =
                    matches!(listed, Ok(Err(kube::Error::Api(status))) if status.code == 403);
            })
        });
        join_all(asked).await;
    }

    /// Everything after the first batch, which goes out at once.
    async fn go_on(
        &mut self,
        followed: &Followed,
        told: &mut UnboundedReceiver<Told>,
        out: &Sender<Vec<Change>>,
    ) {
        if out.send(self.take()).is_err() {
            return;
        }
        let mut kinds = followed.subscribe();
        let mut first: Option<Instant> = None;
        let mut last = Instant::now();
        // What is gone does not wait: nobody who deletes a policy means it to deny one more request.
        let mut deleted = false;
        let mut handed = Instant::now();
        let mut ask_at = Instant::now() + ASK_AGAIN;
        loop {
            let due = first.map(|first| {
                let alone = first.duration_since(handed) > CALM;
                let quiet = if deleted || alone {
                    Duration::ZERO
                } else {
                    QUIET
                };
                (last + quiet).min(first + LONGEST)
            });
            let asking = self.tables.iter().any(Table::is_doubtful);
            tokio::select! {
                Some(news) = told.recv() => {
                    deleted |= matches!(news.2, Event::Deleted(_));
                    self.hear(news);
                }
                Ok(()) = kinds.changed() => {
                    self.follow_served(followed).await;
                }
                () = sleep_until(ask_at), if asking => {
                    self.bury_undefined().await;
                    ask_at = Instant::now() + ASK_AGAIN;
                }
                () = sleep_until(due.unwrap_or(last)), if due.is_some() => {
                    (first, deleted, handed) = (None, false, Instant::now());
                    if out.send(self.take()).is_err() {
                        return;
                    }
                    continue;
                }
            }
            if !self.pending.is_empty() {
                last = Instant::now();
                first.get_or_insert(last);
            }
        }
    }

    /// Everything that is pending.
    fn take(&mut self) -> Vec<Change> {
        let pending = std::mem::take(&mut self.pending).into_iter();
        pending
            .map(|(path, content)| Change { path, content })
            .collect()
    }

    fn unsynced(&self) -> Vec<String> {
        let unsynced = self
            .tables
            .iter()
            .filter(|table| !table.synced && table.watch.is_some());
        unsynced.map(|table| table.wanted.name()).collect()
    }

    /// Starts a watch for each resource that is served now and was not, or in another version.
    async fn follow_served(&mut self, followed: &Followed) {
        let kinds = followed.load();
        for (index, table) in self.tables.iter_mut().enumerate() {
            let Some(served) = table.wanted.served(&kinds) else {
                table.missing = true;
                continue;
            };
            let resource = served.resource();
            let same = table
                .watch
                .as_ref()
                .is_some_and(|(_, running)| *running == resource);
            // A watch of a resource that was gone for a while is in a long pause.
            if same && !table.missing {
                continue;
            }
            table.missing = false;
            table.start(index, resource, &self.client, &self.teller);
        }
        self.bury_undefined().await;
    }

    /// Ends the watches of resources that are not served because they are not defined any more: their
    /// objects are gone with the definition.
    async fn bury_undefined(&mut self) {
        let definitions = Api::<CustomResourceDefinition>::all(self.client.clone());
        for table in &mut self.tables {
            if !table.is_doubtful() {
                continue;
            }
            let name = table.wanted.name();
            let asked = timeout(ASK_AGAIN, definitions.get_metadata_opt(&name)).await;
            if !matches!(asked, Ok(Ok(None))) {
                continue;
            }
            tracing::warn!(
                resource = name,
                "its definition is gone, and its objects with it"
            );
            table.stop();
            for path in std::mem::take(&mut table.known).into_keys() {
                self.objects.remove(&path);
                self.pending.insert(path, Content::Gone);
            }
        }
    }

    fn hear(&mut self, (index, run, event): Told) {
        let Some(table) = self.tables.get_mut(index).filter(|table| table.run == run) else {
            return;
        };
        let Some((_, resource)) = &table.watch else {
            return;
        };
        let path = |object: &DynamicObject| {
            let meta = &object.metadata;
            let name = meta.name.as_deref().unwrap_or_default();
            object::path(&table.wanted.name(), meta.namespace.as_deref(), name)
        };
        match event {
            Event::Restarted => table.listed = Some(BTreeSet::new()),
            Event::Applied(object) => {
                let (path, text) = (path(&object), object::text(&object, resource));
                if let Some(listed) = &mut table.listed {
                    listed.insert(path.clone());
                }
                let digest = self.digest.hash_one(&text);
                if table.known.insert(path.clone(), digest) != Some(digest) {
                    self.pending.insert(path.clone(), Content::Text(text));
                }
                self.objects.put(path, object, resource);
            }
            Event::Deleted(object) => {
                let path = path(&object);
                table.known.remove(&path);
                self.objects.remove(&path);
                self.pending.insert(path, Content::Gone);
            }
            Event::Synced => {
                table.synced = true;
                let Some(listed) = table.listed.take() else {
                    return;
                };
                let gone = table.known.keys().filter(|path| !listed.contains(*path));
                let gone: Vec<_> = gone.cloned().collect();
                for path in gone {
                    table.known.remove(&path);
                    self.objects.remove(&path);
                    self.pending.insert(path, Content::Gone);
                }
            }
        }
    }
}

impl Table {
    fn new(wanted: Wanted) -> Table {
        Table {
            wanted,
            watch: None,
            run: 0,
            missing: false,
            known: BTreeMap::new(),
            listed: None,
            synced: false,
            refused: false,
        }
    }

    /// Is it unknown whether it is only not served for a moment?
    fn is_doubtful(&self) -> bool {
        self.missing && (self.watch.is_some() || !self.known.is_empty())
    }

    fn start(
        &mut self,
        index: usize,
        resource: ApiResource,
        client: &Client,
        teller: &UnboundedSender<Told>,
    ) {
        self.stop();
        let (run, teller) = (self.run, teller.clone());
        let which = Which {
            namespace: self.wanted.namespace.as_deref(),
            ..Which::default()
        };
        let events = follow::follow(client, &resource, &which);
        let task = tokio::spawn(async move {
            let mut events = std::pin::pin!(events);
            while let Some(event) = events.next().await {
                if teller.send((index, run, event)).is_err() {
                    return;
                }
            }
        });
        self.watch = Some((task.abort_handle(), resource));
    }

    fn stop(&mut self) {
        self.run += 1;
        self.listed = None;
        if let Some((task, _)) = self.watch.take() {
            task.abort();
        }
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        self.stop();
    }
}
