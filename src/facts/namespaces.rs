//! The labels of namespaces, at hand for selectors.
//!
//! Comes in:  the metadata of the cluster's namespaces, followed.
//! Goes out:  their labels, as documents that are made once for each change.
//! Never here: a namespace that no watch told of yet: the API server is asked for it (see `fetch`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use bumpalo::Bump;
use futures::StreamExt as _;
use kube::api::{ApiResource, ObjectMeta};
use portcullis_lang::value::{Document, Value, map};

use crate::cluster::Cluster;
use crate::cluster::follow::{self, Event, Which};

/// What is known of every namespace. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Namespaces(Arc<RwLock<HashMap<String, Document>>>);

impl Namespaces {
    /// Follows them for as long as the runtime lives.
    pub(crate) fn follow(cluster: &Cluster) -> Namespaces {
        let namespaces = Namespaces::default();
        let resource = ApiResource {
            group: String::new(),
            version: "v1".to_owned(),
            api_version: "v1".to_owned(),
            kind: "Namespace".to_owned(),
            plural: "namespaces".to_owned(),
        };
        let events = follow::follow_metadata(cluster.client(), &resource, &Which::default());
        let kept = namespaces.clone();
        tokio::spawn(async move {
            let mut events = std::pin::pin!(events);
            let mut listed = None;
            while let Some(event) = events.next().await {
                kept.take(event_of(event), &mut listed);
            }
        });
        namespaces
    }

    /// The labels of a namespace; `None` where nothing is known of it.
    pub(crate) fn labels(&self, name: &str) -> Option<Document> {
        let table = self.0.read().unwrap_or_else(PoisonError::into_inner);
        table.get(name).cloned()
    }

    fn take(&self, event: Event<ObjectMeta>, listed: &mut Option<HashSet<String>>) {
        let mut table = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Restarted => *listed = Some(HashSet::new()),
            Event::Applied(ObjectMeta { name, labels, .. }) => {
                let name = name.unwrap_or_default();
                if let Some(listed) = listed {
                    listed.insert(name.clone());
                }
                table.insert(name, document(&labels.unwrap_or_default()));
            }
            Event::Deleted(namespace) => _ = table.remove(&namespace.name.unwrap_or_default()),
            Event::Synced => {
                if let Some(listed) = listed.take() {
                    table.retain(|name, _| listed.contains(name));
                }
            }
        }
    }
}

fn event_of<K: kube::Resource>(event: Event<K>) -> Event<ObjectMeta> {
    match event {
        Event::Restarted => Event::Restarted,
        Event::Applied(object) => Event::Applied(object.meta().clone()),
        Event::Deleted(object) => Event::Deleted(object.meta().clone()),
        Event::Synced => Event::Synced,
    }
}

fn document(labels: &BTreeMap<String, String>) -> Document {
    let bump = Bump::new();
    let entries = labels.iter();
    let entries = entries.map(|(key, value)| (key.as_str(), Value::Str(value)));
    Document::from_value(Value::Map(map(&bump, entries)))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kube::api::ObjectMeta;
    use portcullis_lang::value::to_json;

    use super::{Event, Namespaces};

    #[test]
    fn labels_follow_their_namespaces_and_a_list_takes_none_away_before_its_end() {
        let namespaces = Namespaces::default();
        let mut listed = None;
        let space = |name: &str, tier: &str| ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(BTreeMap::from([("tier".to_owned(), tier.to_owned())])),
            ..ObjectMeta::default()
        };
        let mut check = |event, expect: &[(&str, Option<&str>)]| {
            namespaces.take(event, &mut listed);
            for (name, labels) in expect {
                let found = namespaces.labels(name).map(|labels| to_json(labels.root()));
                assert_eq!(found.as_deref(), *labels, "{name}");
            }
        };
        let (gold, tin) = (Some(r#"{"tier":"gold"}"#), Some(r#"{"tier":"tin"}"#));
        check(Event::Restarted, &[("a", None)]);
        check(Event::Applied(space("a", "gold")), &[("a", gold)]);
        check(
            Event::Applied(space("b", "tin")),
            &[("a", gold), ("b", tin)],
        );
        check(Event::Synced, &[("a", gold), ("b", tin)]);
        check(Event::Applied(space("a", "tin")), &[("a", tin)]);
        check(Event::Restarted, &[("a", tin), ("b", tin)]);
        check(
            Event::Applied(space("a", "gold")),
            &[("a", gold), ("b", tin)],
        );
        check(Event::Synced, &[("a", gold), ("b", None)]);
        check(Event::Deleted(space("a", "gold")), &[("a", None)]);
    }
}
