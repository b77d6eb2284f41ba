//! The labels of namespaces, which many policies look at.
//!
//! Comes in:  Namespaces: their metadata, no more.
//! Goes out:  [`Namespaces`], looked up at once; the names of those whose labels changed.
//! Never here: objects in namespaces.

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;
use futures::StreamExt as _;
use kube::Client;
use kube::api::ApiResource;
use tokio::sync::{broadcast, watch};

use crate::cluster::follow::{Event, Which, follow_metadata};

/// The labels of one namespace.
pub(super) type Labels = BTreeMap<String, String>;

/// The labels of all. Cheap to clone.
#[derive(Clone, Default)]
pub(super) struct Namespaces(Arc<ArcSwap<BTreeMap<String, Arc<Labels>>>>);

impl Namespaces {
    /// Of one.
    pub(super) fn labels(&self, name: &str) -> Option<Arc<Labels>> {
        self.0.load().get(name).cloned()
    }

    /// Follows them. `complete` becomes true with the first list; `changed` hears of each namespace
    /// whose labels are other ones than before.
    pub(super) async fn keep(
        self,
        client: Client,
        changed: broadcast::Sender<Arc<str>>,
        complete: watch::Sender<bool>,
    ) {
        let resource = ApiResource::erase::<k8s_openapi::api::core::v1::Namespace>(&());
        let mut events = Box::pin(follow_metadata(&client, &resource, &Which::default()));
        let mut known: BTreeMap<String, Arc<Labels>> = BTreeMap::new();
        let mut listed: Option<Vec<String>> = None;
        let mut others: Vec<String> = Vec::new();
        while let Some(event) = events.next().await {
            match event {
                Event::Restarted => listed = Some(Vec::new()),
                Event::Applied(object) => {
                    let name = object.metadata.name.unwrap_or_default();
                    let labels = Arc::new(object.metadata.labels.unwrap_or_default());
                    if let Some(names) = &mut listed {
                        names.push(name.clone());
                    }
                    let before = known.insert(name.clone(), labels.clone());
                    // A namespace that is new has no objects yet.
                    if before.is_some_and(|before| before != labels) {
                        others.push(name);
                    }
                    if listed.is_none() {
                        self.tell(&known, &mut others, &changed);
                    }
                }
                Event::Deleted(object) => {
                    known.remove(&object.metadata.name.unwrap_or_default());
                    self.tell(&known, &mut others, &changed);
                }
                Event::Synced => {
                    let names = listed.take().unwrap_or_default();
                    known.retain(|name, _| names.contains(name));
                    self.tell(&known, &mut others, &changed);
                    let _ = complete.send(true);
                }
            }
        }
    }

    /// Who hears of a change finds it here.
    fn tell(
        &self,
        known: &BTreeMap<String, Arc<Labels>>,
        others: &mut Vec<String>,
        changed: &broadcast::Sender<Arc<str>>,
    ) {
        self.0.store(Arc::new(known.clone()));
        for name in others.drain(..) {
            let _ = changed.send(name.into());
        }
    }
}
