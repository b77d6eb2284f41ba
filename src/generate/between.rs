//! What was deleted while nobody led.
//!
//! Comes in:  how far the last leader had seen and dealt with everything, which it left in the Lease.
//! Goes out:  what was deleted since then, to the watches; how far this leader has come, for the next.
//! Never here: what was changed. Whoever begins looks at everything that is there.
//!
//! A list says what there is, and not what is missing: an object that a rule made, that somebody deletes
//! while one leader ends and the next begins, would be missed. An API server tells of deletions of the last
//! minutes to whoever names the version from which on it wants to hear. What is older is told by nobody.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use kube::api::{ApiResource, DynamicObject, ListParams, WatchParams};
use kube::core::WatchEvent;
use kube::core::metadata::PartialObjectMeta;
use tokio::time::{Instant, sleep, timeout};

use super::shop::Shop;
use super::work::Work;
use crate::cluster::legacy::Legacy;
use crate::cluster::objects;
use crate::controllers::Site;

/// The annotation of the Lease: versions by `apiVersion/Kind`, as JSON.
const SEEN: &str = "generate.kyverno.io/seen";

/// How often it is noted how far everything was seen.
const NOTE: Duration = Duration::from_secs(15);

/// When it is looked again whether anything is followed.
const RETRY: Duration = Duration::from_secs(1);

/// What happened by a version has come by then.
const LAG: Duration = Duration::from_secs(10);

/// A version is given up by then, whatever is still to be done: an API server forgets after five minutes.
const LONGEST: Duration = Duration::from_secs(200);

/// How long one call may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long deletions are listened for; they come at once.
const LISTEN: u32 = 5;

/// Versions of resources.
type Versions = BTreeMap<String, String>;

/// How far the last leader had come.
#[derive(Debug)]
pub(super) struct Between {
    legacy: Legacy,
    since: Versions,
}

impl Between {
    /// As the last leader left it.
    pub(super) fn new(legacy: Legacy) -> Between {
        let text = legacy.get(SEEN).unwrap_or_else(|| "{}".to_owned());
        let since = serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(annotation = SEEN, %error, "what was deleted while nobody led is not known");
            Versions::new()
        });
        Between { legacy, since }
    }

    /// Tells of each object of a resource that was deleted since the last leader, as it was; of those with
    /// this label.
    pub(super) async fn deleted(
        &self,
        site: &Site,
        resource: &ApiResource,
        label: &str,
        tell: impl FnMut(PartialObjectMeta<DynamicObject>),
    ) {
        let Some(version) = self.since.get(&key(resource)) else {
            return;
        };
        let listened = listen(site, resource, label, version, tell).await;
        if let Err(error) = listened {
            let kind = &resource.kind;
            tracing::warn!(kind, %error, "what was deleted while nobody led is not known");
        }
    }
}

async fn listen(
    site: &Site,
    resource: &ApiResource,
    label: &str,
    version: &str,
    mut tell: impl FnMut(PartialObjectMeta<DynamicObject>),
) -> kube::Result<()> {
    let api = objects::api(&site.client, resource, None);
    let params = WatchParams::default().labels(label).timeout(LISTEN);
    let events = api.watch_metadata(&params, version).await?;
    let mut events = std::pin::pin!(events);
    // A connection that hangs does not end by itself.
    let until = Instant::now() + PATIENCE;
    while let Ok(event) = timeout(until - Instant::now(), events.try_next()).await {
        match event? {
            Some(WatchEvent::Deleted(object)) => tell(object),
            Some(WatchEvent::Error(status)) => return Err(kube::Error::Api(status)),
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}

/// Notes how far this leader has come, for as long as it leads.
pub(super) async fn keep(shop: &Shop, between: &Between) {
    let mut known = Versions::new();
    let mut sample: Option<(Instant, Versions)> = None;
    loop {
        if let Some((taken, versions)) = sample.take() {
            let age = taken.elapsed();
            let is_done = !shop
                .queue
                .any(|work| matches!(work, Work::Duty(_) | Work::Remove(_)));
            if (age >= LAG && is_done) || age >= LONGEST {
                known.extend(versions);
                if let Ok(text) = serde_json::to_string(&known) {
                    between.legacy.leave(SEEN, text);
                }
            } else {
                sample = Some((taken, versions));
            }
        }
        if sample.is_none() {
            let now = Instant::now();
            sample = Some((now, versions(shop).await)).filter(|(_, of)| !of.is_empty());
        }
        // Nothing is followed before policies are in force.
        sleep(if sample.is_some() { NOTE } else { RETRY }).await;
    }
}

/// The versions of everything that is followed; without those of which there is no answer.
async fn versions(shop: &Shop) -> Versions {
    let mut versions = Versions::new();
    let kinds = shop.site.kinds.load();
    for (api_version, kind) in shop.watches.kinds_followed() {
        let Some(served) = kinds.of(&api_version, &kind) else {
            continue;
        };
        let resource = served.resource();
        let api = objects::api(&shop.site.client, &resource, None);
        let params = ListParams::default().limit(1);
        let list = timeout(PATIENCE, api.list_metadata(&params)).await;
        if let Ok(Ok(list)) = list
            && let Some(version) = list.metadata.resource_version
        {
            versions.insert(key(&resource), version);
        }
    }
    versions
}

fn key(resource: &ApiResource) -> String {
    format!("{}/{}", resource.api_version, resource.kind)
}
