//! What policies make and change besides the object of a request: `generate` rules, `mutate` rules with
//! `targets`, GeneratingPolicies, MutatingPolicies for existing objects.
//!
//! Comes in:  admitted requests, as update requests; policies; what was made, and what it was copied from.
//! Goes out:  objects of the cluster, made, changed and kept in step.
//! Never here: the request path. The gate leaves an update request behind, after the answer.
//!
//! ```text
//! gate ─ submit ─> UpdateRequest ─┐            ┌─ rules, cel ─> downstream ─> made, kept, deleted
//! policies ─ new, changed, gone ──┼─> queue ─> work
//! watches of what was made ───────┘            └─ targets ────> existing objects, changed
//! ```
//!
//! Everything is led by what is there, not by what happened: a duty names a rule and its trigger, and
//! carrying it out looks at both as they are. So a duty that is asked for twice is carried out once, one
//! that was cut short is carried out again, and whoever leads next begins with what the cluster holds.

mod again;
mod between;
mod cel;
mod downstream;
mod duty;
mod evaluate;
mod existing;
mod labels;
mod missed;
mod parts;
mod policies;
mod queue;
mod reported;
mod request;
mod rules;
mod shop;
mod sources;
mod submit;
mod targets;
mod told;
mod trigger;
mod trouble;
mod watch;
mod work;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use tokio::task::JoinSet;

use crate::cluster::follow::{Event, Which, follow_api};
use crate::cluster::legacy::Legacy;
use crate::controllers::Site;
use between::Between;
use downstream::Written;
use queue::Queue;
use shop::Shop;
use trigger::Names;
use watch::Watches;
use work::{Requests, Work, worker};

pub(crate) use submit::{Setting, Threshold, Triggers};

/// Duties that are carried out at once.
const WORKERS: usize = 10;

/// Works until it is dropped: while this replica leads.
pub(crate) async fn run(site: Site, legacy: Legacy) {
    let queue = Arc::new(Queue::default());
    let written = Arc::new(Written::default());
    let between = Arc::new(Between::new(legacy));
    let watches = Watches::new(
        site.clone(),
        queue.clone(),
        written.clone(),
        between.clone(),
    );
    let shop = Arc::new(Shop {
        events: site.events.clone(),
        site,
        queue,
        watches: Arc::new(watches),
        written,
        names: Names::default(),
    });
    let requests = Arc::new(Requests::default());
    let mut tasks = JoinSet::new();
    for _ in 0..WORKERS {
        tasks.spawn(worker(shop.clone(), requests.clone()));
    }
    let keeper = shop.clone();
    tasks.spawn(async move { between::keep(&keeper, &between).await });
    tasks.spawn(policies::follow(shop.clone(), requests.clone()));
    tasks.spawn(follow_requests(shop, requests));
    while tasks.join_next().await.is_some() {}
}

/// Queues update requests as they come.
async fn follow_requests(shop: Arc<Shop>, requests: Arc<Requests>) {
    let home = shop.site.home.namespace.clone();
    let api = request::api(&shop.site.client, &home);
    let name = "updaterequests".to_owned();
    let mut events = pin!(follow_api(api, name, &Which::default()));
    // What each asked for when it was queued: a status that is written asks for nothing.
    let mut generations: HashMap<String, (Option<String>, Option<i64>)> = HashMap::new();
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Event::Restarted => listed.clear(),
            Event::Applied(request) => {
                let Some(name) = request.metadata.name.clone() else {
                    continue;
                };
                listed.insert(name.clone());
                let asks = (request.metadata.uid.clone(), request.metadata.generation);
                requests.put(&name, request);
                if generations.insert(name.clone(), asks.clone()) != Some(asks) {
                    shop.queue.add(Work::Request(name));
                }
            }
            Event::Deleted(request) => {
                let name = request.metadata.name.unwrap_or_default();
                generations.remove(&name);
                requests.remove(&name);
            }
            Event::Synced => {
                let lost: Vec<String> = generations
                    .keys()
                    .filter(|name| !listed.contains(*name))
                    .cloned()
                    .collect();
                for name in lost {
                    generations.remove(&name);
                    requests.remove(&name);
                }
            }
        }
    }
}
