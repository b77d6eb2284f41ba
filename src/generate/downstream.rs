//! Objects that rules made: made, kept as they should be, deleted.
//!
//! Comes in:  an object as it should be, and how far that goes.
//! Goes out:  requests to the API server, as few as possible.
//! Never here: what should be (see `rules`), when to look again (see `watch`).

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::PoisonError;

use kube::api::{
    Api, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams, Preconditions,
};
use kube::core::metadata::PartialObjectMeta;
use serde_json::Value;

use super::duty::digest;
use super::trouble::{Trouble, is_code, is_leaving};
use crate::cluster::kinds::Served;
use crate::cluster::objects;
use crate::controllers::Site;

/// Somebody else may write at the same time, but not for ever.
const ATTEMPTS: usize = 5;

/// What is remembered at most of what was written; what is forgotten is only written once more.
const MOST_KNOWN: usize = 100_000;

/// A place of an object: `apiVersion`, `kind`, namespace, name.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) namespace: String,
    pub(super) name: String,
}

/// How far an object is to be as it should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct How<'h> {
    /// Is one that is there already brought back to what it should be?
    pub(super) existing: Existing<'h>,
    /// Are fields applied, and those of others left alone?
    pub(super) server_side: bool,
}

/// What becomes of an object that is there already.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Existing<'h> {
    /// It stays as it is.
    Kept,
    /// It is written.
    Written,
    /// It is written where it bears these labels; another one belongs to somebody else.
    WrittenIf(&'h [(&'h str, &'h str)]),
}

/// What became of an object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Put {
    Created,
    Updated,
    /// It was as it should be, or is somebody else's.
    Untouched,
}

/// What this process wrote: the version that it left, and a digest of what it wrote.
#[derive(Debug, Default)]
pub(super) struct Written(Mutex<HashMap<Place, (String, u128)>>);

impl Written {
    /// Is the object still as this process left it?
    pub(super) fn is_ours(&self, place: &Place, version: &str) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(place).is_some_and(|(left, _)| left == version)
    }

    fn knows(&self, place: &Place, version: &str, digest: u128) -> bool {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .get(place)
            .is_some_and(|(left, wrote)| left == version && *wrote == digest)
    }

    fn note(&self, place: &Place, object: &DynamicObject, digest: u128) {
        let version = object.metadata.resource_version.clone().unwrap_or_default();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert(place.clone(), (version, digest));
    }

    /// It is gone.
    pub(super) fn forget(&self, place: &Place) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.remove(place);
    }
}

/// Brings an object to what it should be. Says where it is.
///
/// # Errors
///
/// The API server's, and that it does not know the kind.
pub(super) async fn put(
    site: &Site,
    written: &Written,
    mut desired: Value,
    how: How<'_>,
) -> Result<(Place, Put), Trouble> {
    let text = |key: &str| {
        let text = desired.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let kinds = site.kinds.load();
    let Some(served) = kinds.of(&api_version, &kind) else {
        let text = format!("no matches for kind \"{kind}\" in version \"{api_version}\"");
        return Err(Trouble::Again(text));
    };
    let place = placed(&mut desired, api_version, kind, served)?;
    let digest = digest([desired.to_string().as_str()]);
    let namespace = served.namespaced.then_some(place.namespace.as_str());
    let api = objects::api(&site.client, &served.resource(), namespace);
    let mut last = None;
    for _ in 0..ATTEMPTS {
        match once(&api, written, &place, &desired, digest, how).await {
            Ok(put) => return Ok((place, put)),
            // Somebody was faster: look again.
            Err(error) if is_code(&error, 409) => last = Some(error),
            Err(error) if is_leaving(&error) => return Ok((place, Put::Untouched)),
            Err(error) => return Err(trouble(&place, &error)),
        }
    }
    let error = last.map(|error| trouble(&place, &error));
    Err(error.unwrap_or(Trouble::Again("others write all the time".to_owned())))
}

fn trouble(place: &Place, error: &kube::Error) -> Trouble {
    let Place {
        kind,
        namespace,
        name,
        ..
    } = place;
    let doing = match namespace.as_str() {
        "" => format!("failed to write {kind} {name}"),
        namespace => format!("failed to write {kind} {namespace}/{name}"),
    };
    Trouble::of(&doing, error)
}

async fn once(
    api: &Api<DynamicObject>,
    written: &Written,
    place: &Place,
    desired: &Value,
    digest: u128,
    how: How<'_>,
) -> kube::Result<Put> {
    let existing = api.get_opt(&place.name).await?;
    let Some(existing) = existing else {
        let made = match how.server_side {
            true => apply(api, place, desired).await?,
            false => {
                let object = object(desired)?;
                api.create(&PostParams::default(), &object).await?
            }
        };
        written.note(place, &made, digest);
        return Ok(Put::Created);
    };
    let labels = existing.metadata.labels.as_ref();
    let bears = |(key, value): &(&str, &str)| {
        let found = labels.and_then(|labels| labels.get(*key));
        found.map(String::as_str).unwrap_or_default() == *value
    };
    match how.existing {
        Existing::Kept => return Ok(Put::Untouched),
        Existing::WrittenIf(expected) if !expected.iter().all(bears) => {
            return Ok(Put::Untouched);
        }
        Existing::Written | Existing::WrittenIf(_) => {}
    }
    let before = existing
        .metadata
        .resource_version
        .clone()
        .unwrap_or_default();
    if written.knows(place, &before, digest) {
        return Ok(Put::Untouched);
    }
    let after = match how.server_side {
        true => apply(api, place, desired).await?,
        false => {
            let mut object = object(desired)?;
            // The version makes this fail where somebody else was first. What others hang on the
            // object to find or keep it stays.
            object.metadata.resource_version = existing.metadata.resource_version;
            object.metadata.finalizers = existing.metadata.finalizers;
            if object.metadata.owner_references.is_none() {
                object.metadata.owner_references = existing.metadata.owner_references;
            }
            api.replace(&place.name, &PostParams::default(), &object)
                .await?
        }
    };
    written.note(place, &after, digest);
    // The API server does not write what does not change.
    let unchanged = after.metadata.resource_version.as_deref() == Some(&before);
    Ok(if unchanged {
        Put::Untouched
    } else {
        Put::Updated
    })
}

async fn apply(
    api: &Api<DynamicObject>,
    place: &Place,
    desired: &Value,
) -> kube::Result<DynamicObject> {
    let params = PatchParams::apply("generate").force();
    api.patch(&place.name, &params, &Patch::Apply(desired))
        .await
}

fn object(desired: &Value) -> kube::Result<DynamicObject> {
    serde_json::from_value(desired.clone()).map_err(kube::Error::SerdeError)
}

/// Where the object goes; its namespace is taken out where its kind has none.
fn placed(
    desired: &mut Value,
    api_version: String,
    kind: String,
    served: &Served,
) -> Result<Place, Trouble> {
    let metadata = desired.get_mut("metadata").and_then(Value::as_object_mut);
    let Some(metadata) = metadata else {
        return Err(Trouble::Never(format!("{kind} has no metadata")));
    };
    if !served.namespaced {
        metadata.remove("namespace");
    }
    // A variable may yield a number where only texts are taken.
    for key in ["labels", "annotations"] {
        let texts = metadata.get_mut(key).and_then(Value::as_object_mut);
        for value in texts.into_iter().flat_map(|texts| texts.values_mut()) {
            if value.is_number() || value.is_boolean() {
                *value = Value::String(value.to_string());
            }
        }
    }
    let text = |key: &str| {
        let text = metadata.get(key).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let (namespace, name) = (text("namespace"), text("name"));
    if name.is_empty() {
        return Err(Trouble::Never(format!("{kind} has no name")));
    }
    if served.namespaced && namespace.is_empty() {
        let text = format!("target namespace must be set for a namespaced resource: {kind}/{name}");
        return Err(Trouble::Never(text));
    }
    Ok(Place {
        api_version,
        kind,
        namespace,
        name,
    })
}

/// Deletes the objects of one kind that a selector finds, where `chosen` agrees. Says how many.
///
/// # Errors
///
/// The API server's.
pub(super) async fn delete(
    site: &Site,
    api_version: &str,
    kind: &str,
    selector: &str,
    chosen: impl Fn(&PartialObjectMeta<DynamicObject>) -> bool,
) -> Result<usize, Trouble> {
    let kinds = site.kinds.load();
    let Some(served) = kinds.of(api_version, kind) else {
        return Ok(0);
    };
    let resource = served.resource();
    let all = objects::api(&site.client, &resource, None);
    let doing = format!("cannot list {}", resource.plural);
    let params = ListParams::default().labels(selector);
    let found = all.list_metadata(&params).await;
    let found = found.map_err(|error| Trouble::of(&doing, &error))?;
    let mut deleted = 0;
    for object in found.items.into_iter().filter(chosen) {
        let metadata = object.metadata;
        let Some(name) = metadata.name else { continue };
        let namespace = metadata.namespace.as_deref();
        let api = objects::api(&site.client, &resource, namespace);
        // Not another one that took its name meanwhile.
        let params = DeleteParams {
            preconditions: Some(Preconditions {
                uid: metadata.uid,
                resource_version: None,
            }),
            ..DeleteParams::default()
        };
        match api.delete(&name, &params).await {
            Ok(_) => deleted += 1,
            Err(error) if is_code(&error, 404) || is_code(&error, 409) => {}
            Err(error) => {
                let doing = format!("cannot delete {kind} {name}");
                return Err(Trouble::of(&doing, &error));
            }
        }
    }
    Ok(deleted)
}
