//! Objects with a time to live: the label `cleanup.kyverno.io/ttl`.
//!
//! Comes in:  the metadata of labelled objects, of each kind that this process may list, watch and
//!            delete; what that is, is asked anew at each interval.
//! Goes out:  deletions, when their time is over.
//! Never here: whole objects; kinds that nobody gave the right to delete.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use k8s_openapi::api::authorization::v1::{
    ResourceRule, SelfSubjectRulesReview, SelfSubjectRulesReviewSpec,
};
use kube::api::{Api, DynamicObject, PostParams};
use kube::core::metadata::PartialObjectMeta;
use portcullis_engine::doc::Propagation;
use portcullis_engine::reference::cleanup::{TTL, time_to_live};
use portcullis_lang::scalar::time::Time;
use portcullis_lang::value::{Document, Numbers};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::{interval, sleep};

use super::sweep::parameters;
use super::{Cleaner, GLANCE, now};
use crate::cluster::follow::{Event, Which, follow_metadata};
use crate::cluster::kinds::Served;
use crate::cluster::objects;

/// What it takes to keep a kind's objects in time.
const VERBS: [&str; 3] = ["list", "watch", "delete"];

/// Asking more often would only be a burden to the API server.
const SHORTEST: Duration = Duration::from_secs(1);

type Labelled = PartialObjectMeta<DynamicObject>;

/// Keeps every kind in time for as long as it is polled.
pub(super) async fn run(cleaner: &Cleaner) {
    let mut watched: BTreeMap<(String, String), AbortHandle> = BTreeMap::new();
    // Dropping the set ends the watches.
    let mut tasks = JoinSet::new();
    let mut ticks = interval(cleaner.ttl_interval.max(SHORTEST));
    loop {
        ticks.tick().await;
        while tasks.try_join_next().is_some() {}
        let granted = match granted(cleaner).await {
            Ok(granted) => granted,
            Err(error) => {
                tracing::warn!(%error, "cannot ask which kinds may be deleted; trying again");
                continue;
            }
        };
        let keys: BTreeSet<_> = granted.iter().map(key).collect();
        watched.retain(|key, task| {
            let stays = keys.contains(key) && !task.is_finished();
            if !stays {
                task.abort();
            }
            stays
        });
        for served in granted {
            let cleaner = cleaner.clone();
            watched.entry(key(&served)).or_insert_with(|| {
                tasks.spawn(async move { keep_in_time(&cleaner, &served).await })
            });
        }
    }
}

fn key(served: &Served) -> (String, String) {
    (served.group.clone(), served.plural.clone())
}

/// Every resource that this process may list, watch and delete in the whole cluster.
async fn granted(cleaner: &Cleaner) -> kube::Result<Vec<Served>> {
    let reviews = Api::<SelfSubjectRulesReview>::all(cleaner.client.clone());
    // A namespace without rights of its own for this process: what is granted there, is so everywhere.
    let review = SelfSubjectRulesReview {
        spec: SelfSubjectRulesReviewSpec {
            namespace: Some("kube-public".to_owned()),
        },
        ..SelfSubjectRulesReview::default()
    };
    let review = reviews.create(&PostParams::default(), &review).await?;
    let rules = review.status.map(|status| status.resource_rules);
    let rules = rules.unwrap_or_default();
    let kinds = cleaner.kinds.load();
    let may = |served: &&Served| {
        served.subresource.is_none()
            && served.preferred
            && VERBS
                .iter()
                .all(|verb| served.can(verb) && rules.iter().any(|rule| grants(rule, served, verb)))
    };
    Ok(kinds.iter().filter(may).cloned().collect())
}

fn grants(rule: &ResourceRule, served: &Served, verb: &str) -> bool {
    let has = |list: &[String], text: &str| list.iter().any(|entry| entry == "*" || entry == text);
    let lists =
        |list: &Option<Vec<String>>, text: &str| list.as_deref().is_some_and(|l| has(l, text));
    has(&rule.verbs, verb)
        && lists(&rule.api_groups, &served.group)
        && lists(&rule.resources, &served.plural)
        && rule.resource_names.as_ref().is_none_or(Vec::is_empty)
}

/// An object with its end.
#[derive(Debug)]
struct Timed {
    due: Time,
    uid: Option<String>,
    propagation: Option<Propagation>,
}

/// Follows the labelled objects of one kind and deletes each when its time is over.
async fn keep_in_time(cleaner: &Cleaner, served: &Served) {
    let resource = served.resource();
    let which = Which {
        labels: Some(TTL),
        ..Which::default()
    };
    let mut events: BoxStream<'_, Event<Labelled>> =
        follow_metadata(&cleaner.client, &resource, &which).boxed();
    let mut objects: BTreeMap<(String, String), Timed> = BTreeMap::new();
    loop {
        let now = now();
        let over = objects
            .iter()
            .filter(|(_, timed)| timed.due.since(&now).nanos() <= 0);
        let over: Vec<_> = over.map(|(key, _)| key.clone()).collect();
        for key in over {
            let Some(timed) = objects.remove(&key) else {
                continue;
            };
            let (namespace, name) = key;
            let namespace = (!namespace.is_empty()).then_some(namespace);
            let api = objects::api(&cleaner.client, &resource, namespace.as_deref());
            let uid = timed.uid.clone();
            match api.delete(&name, &parameters(timed.propagation, uid)).await {
                Ok(_) => {
                    cleaner.metrics.ttl_deleted.inc();
                    tracing::info!(
                        resource = served.plural,
                        namespace,
                        name,
                        "time to live over"
                    );
                }
                Err(kube::Error::Api(status)) if status.code == 404 || status.code == 409 => {}
                Err(error) => {
                    cleaner.metrics.ttl_errors.inc();
                    let resource = &served.plural;
                    tracing::warn!(resource, namespace, name, %error, "cannot delete; trying again");
                    let due = Time::from_unix(now.unix() + GLANCE.as_secs() as i64);
                    let again = Timed { due, ..timed };
                    objects.insert((namespace.unwrap_or_default(), name), again);
                }
            }
        }
        let next = objects.values().map(|timed| timed.due.since(&now).nanos());
        let pause = next.min().map_or(GLANCE, |nanos| {
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(0)).min(GLANCE)
        });
        tokio::select! {
            event = events.next() => match event {
                // What is gone is found out when it is to be deleted.
                Some(Event::Restarted | Event::Synced) => {}
                Some(Event::Applied(object)) => {
                    let key = name_of(&object);
                    match timed(&object) {
                        Some(timed) => objects.insert(key, timed),
                        None => objects.remove(&key),
                    };
                }
                Some(Event::Deleted(object)) => drop(objects.remove(&name_of(&object))),
                None => return,
            },
            () = sleep(pause) => {}
        }
    }
}

fn name_of(object: &Labelled) -> (String, String) {
    let metadata = &object.metadata;
    (
        metadata.namespace.clone().unwrap_or_default(),
        metadata.name.clone().unwrap_or_default(),
    )
}

/// When the object ends; `None` where its label does not tell, which admission warned of.
fn timed(object: &Labelled) -> Option<Timed> {
    // It is on its way out already.
    if object.metadata.deletion_timestamp.is_some() {
        return None;
    }
    let json = serde_json::to_vec(object).ok()?;
    let document = Document::from_json(&json, Numbers::Doubles).ok()?;
    let ttl = time_to_live(document.root())?.ok()?;
    Some(Timed {
        due: ttl.due?,
        uid: object.metadata.uid.clone(),
        propagation: ttl.propagation,
    })
}
