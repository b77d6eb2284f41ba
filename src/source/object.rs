//! Objects of a cluster as files would hold them.
//!
//! Comes in:  objects, as the API server tells of them.
//! Goes out:  the path and the text of each, for the same keeping as files; and [`Objects`], the
//!            objects as they are, for whoever writes their status.
//! Never here: what an object means.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use kube::api::{ApiResource, DynamicObject, TypeMeta};
use serde_json::{Map, Value as Json};
use tokio::sync::watch;

/// What the paths of objects begin with. Absolute paths of files sort before it.
const SCHEME: &str = "cluster:";

/// What `kubectl apply` notes for itself.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// `cluster:/clusterpolicies.kyverno.io/name`, with the namespace before the name where there is one.
pub(crate) fn path(resource: &str, namespace: Option<&str>, name: &str) -> Arc<Path> {
    let path = match namespace {
        Some(namespace) => format!("{SCHEME}/{resource}/{namespace}/{name}"),
        None => format!("{SCHEME}/{resource}/{name}"),
    };
    Path::new(&path).into()
}

/// The part of an object's path after the scheme; `None` for files.
pub(crate) fn below_scheme(path: &Path) -> Option<&Path> {
    path.strip_prefix(SCHEME).ok()
}

/// What an object says, as JSON, without what others note about it: status, versions, managers. So a
/// status that is written changes no text.
pub(crate) fn text(object: &DynamicObject, resource: &ApiResource) -> String {
    let mut whole = match &object.data {
        Json::Object(data) => data.clone(),
        _ => Map::new(),
    };
    whole.remove("status");
    whole.insert("apiVersion".to_owned(), resource.api_version.clone().into());
    whole.insert("kind".to_owned(), resource.kind.clone().into());
    let meta = &object.metadata;
    let mut metadata = Map::new();
    let mut note = |key: &str, value: Option<Json>| {
        value.map(|value| metadata.insert(key.to_owned(), value));
    };
    note("name", meta.name.clone().map(Json::from));
    note("namespace", meta.namespace.clone().map(Json::from));
    note("uid", meta.uid.clone().map(Json::from));
    let created = meta.creation_timestamp.as_ref();
    note(
        "creationTimestamp",
        created.and_then(|time| serde_json::to_value(time).ok()),
    );
    let texts = |texts: &BTreeMap<String, String>| -> Json {
        let texts = texts.iter().filter(|(key, _)| *key != LAST_APPLIED);
        texts
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    note("labels", meta.labels.as_ref().map(texts));
    note("annotations", meta.annotations.as_ref().map(texts));
    whole.insert("metadata".to_owned(), metadata.into());
    Json::Object(whole).to_string()
}

/// The objects of a source as the API server has them, status included. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) struct Objects(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    objects: Mutex<BTreeMap<Arc<Path>, Arc<DynamicObject>>>,
    changes: watch::Sender<u64>,
}

impl Objects {
    pub(crate) fn new() -> Objects {
        Objects(Arc::new(Inner {
            objects: Mutex::default(),
            changes: watch::Sender::new(0),
        }))
    }

    /// All of them with their paths, in their order.
    pub(crate) fn all(&self) -> Vec<(Arc<Path>, Arc<DynamicObject>)> {
        let table = self.table();
        let all = table.iter();
        all.map(|(path, object)| (path.clone(), object.clone()))
            .collect()
    }

    /// Hears of each change.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.changes.subscribe()
    }

    pub(super) fn put(&self, path: Arc<Path>, mut object: DynamicObject, resource: &ApiResource) {
        object.types.get_or_insert_with(|| TypeMeta {
            api_version: resource.api_version.clone(),
            kind: resource.kind.clone(),
        });
        object.metadata.managed_fields = None;
        self.table().insert(path, Arc::new(object));
        self.0.changes.send_modify(|version| *version += 1);
    }

    pub(super) fn remove(&self, path: &Path) {
        if self.table().remove(path).is_some() {
            self.0.changes.send_modify(|version| *version += 1);
        }
    }

    /// Nothing in it is ever half done, so what a panic left behind is good.
    fn table(&self) -> std::sync::MutexGuard<'_, BTreeMap<Arc<Path>, Arc<DynamicObject>>> {
        self.0
            .objects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::{below_scheme, path, text};
    use kube::api::{ApiResource, DynamicObject};
    use serde_json::json;
    use std::path::Path;

    #[test]
    fn paths_of_objects_sort_after_files_and_lose_their_scheme() {
        let of = path("policies.kyverno.io", Some("team"), "p");
        assert_eq!(of.to_str(), Some("cluster:/policies.kyverno.io/team/p"));
        assert!(*of > *Path::new("/etc/rules/z.yaml"));
        let below = below_scheme(&of).and_then(Path::to_str);
        assert_eq!(below, Some("policies.kyverno.io/team/p"));
        assert_eq!(below_scheme(Path::new("/etc/rules/z.yaml")), None);
    }

    #[test]
    fn what_others_note_is_no_part_of_the_text() {
        let mut object = json!({
            "metadata": {
                "name": "p", "uid": "u", "resourceVersion": "1", "generation": 1,
                "managedFields": [{"manager": "kubectl"}],
                "annotations": {"a": "b", "kubectl.kubernetes.io/last-applied-configuration": "{}"},
            },
            "spec": {"rules": [], "n": 1, "f": 1.0, "big": 9007199254740993_i64},
        });
        let resource = ApiResource {
            group: "kyverno.io".to_owned(),
            version: "v1".to_owned(),
            api_version: "kyverno.io/v1".to_owned(),
            kind: "ClusterPolicy".to_owned(),
            plural: "clusterpolicies".to_owned(),
        };
        let read = |object: &serde_json::Value| {
            let object: DynamicObject = serde_json::from_value(object.clone()).unwrap();
            text(&object, &resource)
        };
        let before = read(&object);
        assert_eq!(
            before,
            r#"{"apiVersion":"kyverno.io/v1","kind":"ClusterPolicy","metadata":{"annotations":{"a":"b"},"name":"p","uid":"u"},"spec":{"big":9007199254740993,"f":1.0,"n":1,"rules":[]}}"#
        );
        object["status"] = json!({"ready": true});
        object["metadata"]["resourceVersion"] = json!("2");
        assert_eq!(read(&object), before);
        object["spec"]["n"] = json!(2);
        assert_ne!(read(&object), before);
    }
}
