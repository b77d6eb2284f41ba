//! The tasks that keep data: one that follows the entries, and one for each entry.
//!
//! Comes in:  entries, objects, answers.
//! Goes out:  what is held (see `held`); `status` of an entry.
//! Never here: what projections give.

use std::collections::{BTreeMap, HashSet};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use kube::ResourceExt as _;
use kube::api::{Api, ApiResource, DynamicObject, Patch, PatchParams};
use portcullis_engine::facts::Fact;
use serde_json::json;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, sleep_until};

use super::GlobalContext;
use super::entry::{Call, KubernetesResource, Spec};
use super::held::Held;
use crate::cluster::follow::{Event, Which, follow};
use crate::cluster::kinds::Kinds;
use crate::cluster::{Cluster, objects};
use crate::facts::fetch::{Fetch as _, Network, NoAnswer};
use crate::facts::service::Services;

/// Nobody is served better by asking faster.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// The pause before a call is tried again; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The pause before asking again for a kind that is not served.
const UNSERVED: Duration = Duration::from_secs(5);

/// The entries themselves, in the version that every Kyverno since 1.12 stores or converts to.
fn entry_resource(version: &str) -> ApiResource {
    ApiResource {
        group: "kyverno.io".to_owned(),
        version: version.to_owned(),
        api_version: format!("kyverno.io/{version}"),
        kind: "GlobalContextEntry".to_owned(),
        plural: "globalcontextentries".to_owned(),
    }
}

/// Who is asked for data. Cloning it shares it.
#[derive(Clone)]
pub(super) struct World {
    pub(super) cluster: Cluster,
    pub(super) services: Arc<Services>,
}

/// What becomes of an entry.
struct Work {
    spec: Spec,
    held: Arc<Held>,
    /// None where there are too many entries.
    task: Option<Task>,
}

/// Ends with this.
struct Task(AbortHandle);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Follows the entries of the cluster, for ever. `most`: of how many data are held; any number where it
/// is 0.
pub(super) async fn entries(world: World, context: GlobalContext, most: usize) {
    let resource = served_entries(&world.cluster).await;
    let client = world.cluster.client().clone();
    let mut events = pin!(follow(&client, &resource, &Which::default()));
    let mut listed = HashSet::new();
    let mut entries = Entries {
        world,
        context,
        resource: resource.clone(),
        most,
        work: BTreeMap::new(),
    };
    while let Some(event) = events.next().await {
        match event {
            Event::Restarted => listed.clear(),
            Event::Applied(entry) => {
                let name = entry.name_any();
                listed.insert(name.clone());
                let spec = entry.data.get("spec").cloned().unwrap_or_default();
                match serde_json::from_value(spec) {
                    Ok(spec) => entries.put(name, spec),
                    Err(error) => {
                        tracing::warn!(entry = name, %error, "cannot read a GlobalContextEntry");
                    }
                }
            }
            Event::Deleted(entry) => entries.retain(|name| *name != entry.name_any()),
            Event::Synced => {
                entries.retain(|name| listed.contains(name));
                entries.context.all_listed();
            }
        }
    }
}

/// The entries, by name.
struct Entries {
    world: World,
    context: GlobalContext,
    /// What they are in this cluster.
    resource: ApiResource,
    most: usize,
    work: BTreeMap<String, Work>,
}

impl Entries {
    /// An entry as it is now.
    fn put(&mut self, name: String, spec: Spec) {
        // Most changes are of the status, which we write ourselves.
        if self.work.get(&name).is_some_and(|work| work.spec == spec) {
            return;
        }
        let held = Arc::new(Held::new(&name, spec.projections()));
        self.context.insert(&name, held.clone());
        let work = Work {
            spec,
            held,
            task: None,
        };
        self.work.insert(name, work);
        self.start();
    }

    /// Drops all other entries.
    fn retain(&mut self, stays: impl Fn(&String) -> bool) {
        let context = &self.context;
        self.work.retain(|name, _| {
            let stays = stays(name);
            if !stays {
                context.remove(name);
            }
            stays
        });
        self.start();
    }

    /// Starts the tasks that may be started.
    fn start(&mut self) {
        let most = match self.most {
            0 => usize::MAX,
            most => most,
        };
        let mut started = self
            .work
            .values()
            .filter(|work| work.task.is_some())
            .count();
        for (name, work) in &mut self.work {
            if work.task.is_some() {
                continue;
            }
            let keeper = Keeper {
                world: self.world.clone(),
                name: name.clone(),
                held: work.held.clone(),
                status: Api::all_with(self.world.cluster.client().clone(), &self.resource),
            };
            if started < most {
                let task = tokio::spawn(keeper.keep(work.spec.clone()));
                work.task = Some(Task(task.abort_handle()));
                started += 1;
            } else {
                let why = format!("data of {most} entries are held, which is the limit");
                tracing::warn!(entry = name, why, "no data of a GlobalContextEntry");
                work.held.fail(&why);
            }
        }
    }
}

/// Waits until entries are served at all; older definitions have no newer version.
async fn served_entries(cluster: &Cluster) -> ApiResource {
    loop {
        if let Ok(kinds) = Kinds::discover(cluster.client()).await {
            for version in ["v2beta1", "v2", "v2alpha1"] {
                let resource = entry_resource(version);
                if kinds.of(&resource.api_version, &resource.kind).is_some() {
                    return resource;
                }
            }
        }
        sleep(UNSERVED).await;
    }
}

/// Keeps the data of one entry.
struct Keeper {
    world: World,
    name: String,
    held: Arc<Held>,
    status: Api<DynamicObject>,
}

impl Keeper {
    async fn keep(self, spec: Spec) {
        match (spec.kubernetes_resource, spec.api_call) {
            (Some(resource), None) => self.keep_objects(&resource).await,
            (None, Some(call)) => self.keep_answer(&call).await,
            _ => self.held.fail("it names no source, or two"),
        }
    }

    /// The objects of a kind, for ever.
    async fn keep_objects(&self, wanted: &KubernetesResource) {
        let resource = self.served(wanted).await;
        let which = Which {
            namespace: Some(wanted.namespace.as_str()).filter(|namespace| !namespace.is_empty()),
            ..Which::default()
        };
        let mut events = pin!(follow(self.world.cluster.client(), &resource, &which));
        // What a list that is being read has brought so far.
        let mut list: Option<BTreeMap<String, _>> = None;
        while let Some(event) = events.next().await {
            match event {
                Event::Restarted => list = Some(BTreeMap::new()),
                Event::Applied(object) => {
                    let key = key(&object);
                    let Ok(document) = objects::document(object, &resource) else {
                        continue;
                    };
                    match &mut list {
                        Some(list) => _ = list.insert(key, document),
                        None => self.held.put_object(key, document),
                    }
                }
                Event::Deleted(object) => self.held.drop_object(&key(&object)),
                Event::Synced => {
                    if let Some(list) = list.take() {
                        self.held.put_objects(list);
                        self.say(true, "").await;
                    }
                }
            }
        }
    }

    /// Waits until the kind is served: its definition may come later.
    async fn served(&self, wanted: &KubernetesResource) -> ApiResource {
        let KubernetesResource {
            group,
            version,
            resource,
            ..
        } = wanted;
        let mut said = false;
        loop {
            if let Ok(kinds) = Kinds::discover(self.world.cluster.client()).await
                && let Some(served) = kinds.by_plural(group, version, resource)
            {
                return served.resource();
            }
            let why = format!("the API server does not serve {resource} of `{group}/{version}`");
            self.held.fail(&why);
            if !said {
                tracing::warn!(entry = self.name, why, "no data of a GlobalContextEntry");
                self.say(false, &why).await;
                said = true;
            }
            sleep(UNSERVED).await;
        }
    }

    /// An answer from time to time, for ever.
    async fn keep_answer(&self, call: &Call) {
        let network = Network {
            cluster: Some(self.world.cluster.clone()),
            global: None,
            namespaces: None,
            services: self.world.services.clone(),
        };
        let fact = Fact::Api(Box::new(call.call()));
        let interval = call.refresh_interval().max(SHORTEST_INTERVAL);
        loop {
            let next = Instant::now() + interval;
            let mut pause = FIRST_PAUSE;
            let mut left = call.retries();
            let answer = loop {
                match network.fetch(&fact).await {
                    Err(_) if left > 0 => {
                        left -= 1;
                        sleep(pause).await;
                        pause *= 2;
                    }
                    done => break done.map_err(NoAnswer::into_text),
                }
            };
            match answer {
                Ok(answer) => {
                    self.held.put_answer(answer);
                    self.say(true, "").await;
                }
                Err(why) => {
                    tracing::warn!(entry = self.name, why, "no data of a GlobalContextEntry");
                    self.held.fail(&why);
                    self.say(false, &why).await;
                }
            }
            sleep_until(next).await;
        }
    }

    /// Writes the status. Every process holds its own data; who wrote last is told.
    async fn say(&self, ready: bool, why: &str) {
        let now = jiff::Timestamp::now();
        let now = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut status = json!({
            "ready": ready,
            "conditions": [{
                "type": "Ready",
                "status": if ready { "True" } else { "False" },
                "reason": if ready { "Succeeded" } else { "Failed" },
                "message": if ready { "Global context entry is ready" } else { why },
                "lastTransitionTime": now,
            }],
        });
        if ready && let Some(fields) = status.as_object_mut() {
            fields.insert("lastRefreshTime".to_owned(), json!(now));
        }
        let patch = Patch::Merge(json!({ "status": status }));
        let done = self
            .status
            .patch_status(&self.name, &PatchParams::default(), &patch)
            .await;
        if let Err(error) = done {
            // Not every process may; the data are there all the same.
            tracing::debug!(entry = self.name, %error, "cannot write a status");
        }
    }
}

fn key(object: &DynamicObject) -> String {
    let namespace = object.namespace().unwrap_or_default();
    format!("{namespace}/{}", object.name_any())
}
