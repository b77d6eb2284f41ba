//! The scan as a whole.
//!
//! Comes in:  the cluster, while this replica leads.
//! Goes out:  one patrol for each kind that anybody judges, and plans for all of them.
//! Never here: objects (see `patrol`).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use jiff::Timestamp;
use kube::api::ApiResource;
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::Options;
use super::ground::{Found, Ground};
use super::known::{Uid, uid};
use super::namespaces::Namespaces;
use super::native::{self, Natives};
use super::patrol::Patrol;
use super::plan::{Key, Plan};
use crate::cluster::follow::{Event, Which, follow_metadata};
use crate::controllers::Site;
use crate::events::ScanEvents;
use crate::reports::{SELECTOR, Writer, prune};

/// Changes come together.
const SETTLE: Duration = Duration::from_millis(150);

/// When what failed is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// The longest sleep until an exception ends: clocks are set.
const LONGEST: Duration = Duration::from_secs(60);

/// Scans for as long as it is not dropped.
pub(crate) async fn run(site: Site, writer: Writer, options: Options) {
    if !options.enabled || !writer.is_on() {
        return std::future::pending().await;
    }
    let mut tasks = JoinSet::new();
    let ground = Ground {
        client: site.client.clone(),
        facts: site.facts.clone(),
        writer,
        metrics: site.metrics.clone(),
        config: site.config.clone(),
        events: ScanEvents::new(site.events.clone(), options.events),
        namespaces: Namespaces::default(),
        workers: Arc::new(Semaphore::new(options.workers.max(1))),
        options,
        found: Found::default(),
        started: Timestamp::now(),
    };
    tasks.spawn(ground.events.clone().keep());
    let (labels, _) = broadcast::channel(1_024);
    let (complete, mut has_namespaces) = watch::channel(false);
    let namespaces = ground.namespaces.clone();
    tasks.spawn(namespaces.keep(site.client.clone(), labels.clone(), complete));
    let (sender, mut natives) = watch::channel(Natives::default());
    tasks.spawn(native::keep(
        site.client.clone(),
        site.kinds.load(),
        ground.options.validating_admission,
        ground.options.mutating_admission,
        sender,
    ));
    let (gone, _) = broadcast::channel(1_024);
    if ground.writer.keeps_objects() {
        let format = ground.writer.options().format;
        for namespaced in [false, true] {
            let resource = ApiResource {
                group: format.group().to_owned(),
                version: format.version().to_owned(),
                api_version: format!("{}/{}", format.group(), format.version()),
                kind: format.kind(namespaced).to_owned(),
                plural: format.plural(namespaced).to_owned(),
            };
            tasks.spawn(deleted(site.client.clone(), resource, gone.clone()));
        }
    }
    // A scan by half of the policies would take back what the others said.
    let _ = has_namespaces.wait_for(|complete| *complete).await;
    let _ = natives.wait_for(|natives| natives.complete).await;
    let mut policies = site.policies.subscribe();
    while site.policies.load().is_none() {
        if policies.changed().await.is_err() {
            return;
        }
    }
    let mut served = site.kinds.subscribe();
    let plan = Arc::new(plan(&site, &natives.borrow_and_update()));
    look_through(&ground, &plan).await;
    let (plans, _) = watch::channel(plan);
    let mut patrols: BTreeMap<Key, AbortHandle> = BTreeMap::new();
    loop {
        let current = plans.borrow().clone();
        patrols.retain(|_, patrol| !patrol.is_finished());
        for (key, kind) in &current.kinds {
            if patrols.contains_key(key) {
                continue;
            }
            let resource = kind.served.resource();
            let patrol = Patrol::new(ground.clone(), key.clone(), resource, current.clone());
            let patrol = patrol.run(plans.subscribe(), labels.subscribe(), gone.subscribe());
            patrols.insert(key.clone(), tasks.spawn(patrol));
        }
        let ends = until(current.ends);
        tokio::select! {
            changed = policies.changed() => if changed.is_err() { return },
            changed = natives.changed() => if changed.is_err() {
                // Nobody follows them any more.
                sleep(LONGEST).await;
            },
            _ = served.changed() => {}
            () = sleep(ends) => {}
            ended = tasks.join_next() => if let Some(Err(error)) = ended && error.is_panic() {
                tracing::error!("the scan of a kind panicked; it begins anew");
                sleep(AGAIN).await;
            },
        }
        // More is likely to come.
        sleep(SETTLE).await;
        let _ = timeout(Duration::ZERO, policies.changed()).await;
        let next = self::plan(&site, &natives.borrow_and_update());
        let same = plans.borrow().is_like(&next);
        if !same {
            plans.send_replace(Arc::new(next));
        }
    }
}

fn plan(site: &Site, natives: &Natives) -> Plan {
    let snapshot = site.policies.load();
    let now = Timestamp::now().as_nanosecond();
    match snapshot.as_deref() {
        Some(snapshot) => Plan::new(snapshot, natives, &site.kinds.load(), now),
        None => Plan::default(),
    }
}

/// How long until the next exception ends.
fn until(end: Option<i128>) -> Duration {
    let Some(end) = end else { return LONGEST };
    let left = end.saturating_sub(Timestamp::now().as_nanosecond());
    let left = u64::try_from(left.max(0)).map_or(LONGEST, Duration::from_nanos);
    // A little later, so that it is over then.
    left.min(LONGEST) + Duration::from_millis(10)
}

/// Reads what reports say, and drops what policies of the API server said that nobody asks any more.
async fn look_through(ground: &Ground, plan: &Plan) {
    let native = |source: &str| {
        matches!(
            source,
            "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy"
        )
    };
    let stands = |entry: &crate::reports::Entry| {
        let mut judges = plan.judges.iter();
        !native(&entry.source)
            || judges.any(|judge| {
                judge.author.policy() == entry.policy && judge.author.source() == entry.source
            })
    };
    loop {
        let seen = |name: &str, entries: &[_]| ground.found.add(uid(name), plan, entries);
        match prune(&ground.writer, &stands, seen).await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, "reports cannot be read; trying again");
                sleep(AGAIN).await;
            }
        }
    }
}

/// Tells of reports that are deleted.
async fn deleted(client: kube::Client, resource: ApiResource, gone: broadcast::Sender<Uid>) {
    let which = Which {
        labels: Some(SELECTOR),
        ..Which::default()
    };
    let mut events = Box::pin(follow_metadata(&client, &resource, &which));
    while let Some(event) = events.next().await {
        if let Event::Deleted(report) = event {
            let name = report.metadata.name.unwrap_or_default();
            let _ = gone.send(uid(&name));
        }
    }
}
