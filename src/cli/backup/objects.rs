//! The objects that a gate is configured by.

use anyhow::{Context as _, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Client;
use kube::api::{ApiResource, DynamicObject, TypeMeta};
use portcullis_lang::value::{Document, Numbers, to_json};
use serde_json::Value;

use super::archive::Stored;
use crate::cluster::kinds::{Kinds, Served};
use crate::cluster::objects::{self, Pages};

/// The groups of everything that configures, and what in them does not.
const GROUPS: [&str; 2] = ["kyverno.io", "policies.kyverno.io"];
const WORK: &str = "updaterequests";

/// The ConfigMaps with settings, in the gate's own namespace.
const SETTINGS: [&str; 2] = ["kyverno", "kyverno-metrics"];

/// What is in force only in this cluster, or is the API server's to say.
const SERVERS_OWN: [&str; 7] = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];

/// All of them: settings, then what policies refer to, then policies.
pub(super) async fn all(client: &Client, namespace: &str) -> Result<Vec<Stored>> {
    let mut all = Vec::new();
    let maps = ApiResource::erase::<ConfigMap>(&());
    let maps = objects::api(client, &maps, Some(namespace));
    for name in SETTINGS {
        let found = maps.get_opt(name).await;
        let found = found.with_context(|| format!("cannot read the ConfigMap `{name}`"))?;
        if let Some(map) = found {
            all.push(stored("configmaps", serde_json::to_value(&map)?)?);
        }
    }
    let kinds = Kinds::discover(client).await?;
    let mut served: Vec<_> = kinds.iter().filter(|served| configures(served)).collect();
    served.sort_by_key(|served| (is_policy(served), &served.group, &served.plural));
    for served in served {
        let resource = served.resource();
        let name = resource_name(served);
        let mut pages = Pages::new(objects::api(client, &resource, None), None);
        let listing = || format!("cannot list {name}");
        while let Some(page) = pages.next().await.with_context(listing)? {
            for mut object in page {
                object.types.get_or_insert_with(|| TypeMeta {
                    api_version: resource.api_version.clone(),
                    kind: resource.kind.clone(),
                });
                all.push(stored(&name, serde_json::to_value(&object)?)?);
            }
        }
    }
    Ok(all)
}

/// `PLURAL.GROUP`, or `PLURAL` of the core group.
pub(super) fn resource_name(served: &Served) -> String {
    match served.group.as_str() {
        "" => served.plural.clone(),
        group => format!("{}.{group}", served.plural),
    }
}

/// The same object without what the API server adds to it.
pub(super) fn own(mut object: Value) -> Value {
    if let Some(map) = object.as_object_mut() {
        map.remove("status");
    }
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.retain(|key, _| !SERVERS_OWN.contains(&key.as_str()));
    }
    object
}

/// The object as it is archived.
pub(super) fn stored(resource: &str, object: Value) -> Result<Stored> {
    let text = |key| {
        let text = object.pointer(&format!("/metadata/{key}"));
        text.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let (namespace, name) = (text("namespace"), text("name"));
    let json = own(object).to_string();
    Ok(Stored {
        resource: resource.to_owned(),
        namespace,
        name,
        document: Document::from_json(json.as_bytes(), Numbers::AsWritten)?,
    })
}

/// The archived object as it is sent.
pub(super) fn object(stored: &Stored) -> Result<DynamicObject> {
    let json = to_json(stored.document.root());
    Ok(serde_json::from_str(&json)?)
}

fn configures(served: &Served) -> bool {
    served.subresource.is_none()
        && served.preferred
        && served.can("list")
        && GROUPS.contains(&served.group.as_str())
        && served.plural != WORK
}

fn is_policy(served: &Served) -> bool {
    served.plural.ends_with("policies")
}
