//! What all workers share.

use std::sync::Arc;

use kube::api::{DynamicObject, PostParams};
use portcullis_lang::value::to_json;

use super::downstream::Written;
use super::labels::{CLONE_SOURCE, Labels, SOURCE_NAMESPACE, SOURCE_UID};
use super::queue::Queue;
use super::sources::Sources;
use super::trigger::Names;
use super::watch::Watches;
use super::work::Work;
use crate::cluster::objects;
use crate::controllers::Site;
use crate::events::Recorder;

/// The cluster, the queue, and what is remembered.
pub(super) struct Shop {
    pub(super) site: Site,
    pub(super) events: Recorder,
    pub(super) queue: Arc<Queue<Work>>,
    pub(super) watches: Arc<Watches>,
    pub(super) written: Arc<Written>,
    pub(super) names: Names,
}

impl Shop {
    /// Marks what was copied, so that it can be followed. Without the right to do so it is copied all the
    /// same, and followed no further.
    pub(super) async fn mark(&self, sources: &Sources) {
        for source in sources.listed.iter().flat_map(|(_, found)| found) {
            let root = source.document.root();
            self.watches
                .follow_sources(root.text("apiVersion"), root.text("kind"));
            if root.at(&["metadata", "labels", CLONE_SOURCE]).is_none()
                && let Ok(object) = serde_json::from_str(&to_json(root))
            {
                self.mark_object(object).await;
            }
        }
    }

    /// Marks what an expression has copied: the copy bears its UID and its namespace, and most often its
    /// name.
    pub(super) async fn mark_source_of(&self, copy: &DynamicObject) {
        let (Some(types), Some(labels)) = (&copy.types, &copy.metadata.labels) else {
            return;
        };
        let Some(uid) = labels.get(SOURCE_UID) else {
            return;
        };
        self.watches.follow_sources(&types.api_version, &types.kind);
        let kinds = self.site.kinds.load();
        let Some(served) = kinds.of(&types.api_version, &types.kind) else {
            return;
        };
        let namespace = labels.get(SOURCE_NAMESPACE).filter(|_| served.namespaced);
        let api = objects::api(
            &self.site.client,
            &served.resource(),
            namespace.map(String::as_str),
        );
        let name = copy.metadata.name.as_deref().unwrap_or_default();
        let Ok(Some(source)) = api.get_opt(name).await else {
            return;
        };
        let is_marked = |labels: &Labels| labels.contains_key(CLONE_SOURCE);
        let is_it = source.metadata.uid.as_deref() == Some(uid);
        if is_it && !source.metadata.labels.as_ref().is_some_and(is_marked) {
            self.mark_object(source).await;
        }
    }

    async fn mark_object(&self, mut object: DynamicObject) {
        let Some(types) = &object.types else { return };
        let kinds = self.site.kinds.load();
        let Some(served) = kinds.of(&types.api_version, &types.kind) else {
            return;
        };
        let namespace = object.metadata.namespace.clone();
        let name = object.metadata.name.clone().unwrap_or_default();
        let api = objects::api(
            &self.site.client,
            &served.resource(),
            namespace.as_deref().filter(|_| served.namespaced),
        );
        let labels = object.metadata.labels.get_or_insert_default();
        labels.insert(CLONE_SOURCE.to_owned(), String::new());
        if let Err(error) = api.replace(&name, &PostParams::default(), &object).await {
            let kind = &served.kind;
            tracing::debug!(kind, name, %error, "cannot mark what is copied");
        }
    }
}
