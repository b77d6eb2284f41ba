//! The object that set a duty off, as it is now.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DynamicObject, ListParams};
use portcullis_lang::value::Document;
use serde_json::Value;

use super::duty::Trigger;
use super::request::Cause;
use super::shop::Shop;
use super::trouble::Trouble;
use crate::cluster::objects;
use crate::controllers::Site;

/// Names that are remembered at most.
const MOST_NAMES: usize = 100_000;

/// How long what a request asked for may take to be stored: the sum of the pauses. After that it was
/// refused by somebody else.
const PAUSES: [Duration; 7] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
    Duration::from_millis(1_600),
    Duration::from_millis(3_200),
];

/// What a rule that makes objects is to look at: its trigger, unless it needs none, and why it looks.
pub(super) type Sight<'c> = (Option<Document>, Cow<'c, Cause>);

/// What there is of a trigger.
#[derive(Debug)]
pub(super) enum Found {
    /// It is there, and this is how it is now.
    There(Document),
    /// It is on its way out, or gone.
    Gone,
}

/// Names of triggers by their UIDs: labels hold only those.
#[derive(Debug, Default)]
pub(super) struct Names(Mutex<HashMap<String, String>>);

impl Names {
    pub(super) fn note(&self, trigger: &Trigger) {
        if trigger.uid.is_empty() || trigger.name.is_empty() {
            return;
        }
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MOST_NAMES {
            names.clear();
        }
        names.insert(trigger.uid.clone(), trigger.name.clone());
    }

    fn note_all(&self, objects: impl ExactSizeIterator<Item = ObjectMeta>) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if names.len() + objects.len() > MOST_NAMES {
            names.clear();
        }
        let pairs = objects.filter_map(|one| Some((one.uid?, one.name?)));
        names.extend(pairs.take(MOST_NAMES));
    }

    fn of(&self, uid: &str) -> Option<String> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.get(uid).cloned()
    }
}

/// Looks at the trigger of a rule that makes objects; `None` where it is gone, and with it the reason for
/// what was made.
///
/// # Errors
///
/// As [`find`].
pub(super) async fn sight<'c>(
    shop: &Shop,
    trigger: &Trigger,
    cause: &'c Cause,
    early: u32,
) -> Result<Option<Sight<'c>>, Trouble> {
    let as_told = Cow::Borrowed(cause);
    if stands_alone(cause) {
        return Ok(Some((None, as_told)));
    }
    let deleted = cause.operation() == "DELETE";
    let found = find(&shop.site, &shop.names, trigger, cause, early).await?;
    Ok(match found {
        // Somebody kept it from being deleted.
        Found::There(document) if deleted => Some((Some(document), Cow::Owned(Cause::default()))),
        Found::There(document) => Some((Some(document), as_told)),
        Found::Gone if deleted && !cause.delete => Some((None, as_told)),
        Found::Gone => None,
    })
}

/// Does the cause hold everything there is? What a connection or a subresource sends is never stored.
pub(super) fn stands_alone(cause: &Cause) -> bool {
    let Some(request) = &cause.request else {
        return false;
    };
    let part = request.get("subResource").and_then(|part| part.as_str());
    cause.operation() == "CONNECT" || part.is_some_and(|part| !part.is_empty())
}

/// Looks for a trigger. `early`: how often what its request asked for was not stored yet.
///
/// # Errors
///
/// [`Trouble::Early`]: look again. Otherwise the API server's.
pub(super) async fn find(
    site: &Site,
    names: &Names,
    trigger: &Trigger,
    cause: &Cause,
    early: u32,
) -> Result<Found, Trouble> {
    let kinds = site.kinds.load();
    let Some(served) = kinds.of(&trigger.api_version, &trigger.kind) else {
        return Ok(Found::Gone);
    };
    let resource = served.resource();
    let namespace = Some(trigger.namespace.as_str());
    let namespace = namespace.filter(|text| served.namespaced && !text.is_empty());
    let api = objects::api(&site.client, &resource, namespace);
    let doing = format!("cannot read {trigger}");
    let trouble = |error: kube::Error| Trouble::of(&doing, &error);
    names.note(trigger);
    let name = match trigger.name.as_str() {
        "" => names.of(&trigger.uid),
        name => Some(name.to_owned()),
    };
    let mut object = match &name {
        Some(name) => api.get_opt(name).await.map_err(trouble)?,
        None => None,
    };
    if object.is_none() && name.is_none() && !trigger.uid.is_empty() {
        let all = api.list_metadata(&ListParams::default()).await;
        let all = all.map_err(trouble)?.items;
        let is_it = |uid: Option<&str>| uid == Some(trigger.uid.as_str());
        let found = all.iter().find(|one| is_it(one.metadata.uid.as_deref()));
        let name = found.and_then(|found| found.metadata.name.clone());
        // Whoever begins asks for one trigger after the other: one list tells of all of them.
        names.note_all(all.into_iter().map(|one| one.metadata));
        if let Some(name) = name {
            object = api.get_opt(&name).await.map_err(trouble)?;
        }
    }
    let object = object.filter(|object| {
        let uid = object.metadata.uid.as_deref().unwrap_or_default();
        trigger.uid.is_empty() || trigger.uid == uid
    });
    if let Some(pause) = PAUSES.get(early as usize)
        && is_early(object.as_ref(), cause)
    {
        return Err(Trouble::Early(*pause));
    }
    match object {
        Some(object) if object.metadata.deletion_timestamp.is_none() => {
            let document = objects::document(object, &resource).map_err(Trouble::Never)?;
            Ok(Found::There(document))
        }
        _ => Ok(Found::Gone),
    }
}

/// Is what the request asked for not stored yet? The gate answers before the API server writes.
fn is_early(object: Option<&DynamicObject>, cause: &Cause) -> bool {
    let Some(request) = &cause.request else {
        return false;
    };
    let before = request.get("oldObject").and_then(|old| old.get("metadata"));
    let before = before.and_then(|metadata| metadata.get("resourceVersion"));
    let before = before.and_then(Value::as_str);
    let now = object.and_then(|object| object.metadata.resource_version.as_deref());
    match (cause.operation(), object) {
        ("CREATE", None) => true,
        ("UPDATE" | "DELETE", Some(object)) => {
            before.is_some() && now == before && object.metadata.deletion_timestamp.is_none()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cause, is_early};
    use serde_json::{Value, json};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn what_is_not_stored_yet_is_waited_for() {
        let at = |version: &str| json!({"metadata": {"name": "a", "resourceVersion": version}});
        let leaving = json!({"metadata": {"resourceVersion": "1", "deletionTimestamp": "2026-01-01T00:00:00Z"}});
        check("created, not there",  "CREATE", Value::Null, None,          true);
        check("created, there",      "CREATE", Value::Null, Some(at("1")), false);
        check("updated, as before",  "UPDATE", at("1"),     Some(at("1")), true);
        check("updated, newer",      "UPDATE", at("1"),     Some(at("2")), false);
        check("updated, gone",       "UPDATE", at("1"),     None,          false);
        check("deleted, as before",  "DELETE", at("1"),     Some(at("1")), true);
        check("deleted, gone",       "DELETE", at("1"),     None,          false);
        check("deleted, on its way", "DELETE", at("1"),     Some(leaving), false);
    }

    #[track_caller]
    fn check(case: &str, operation: &str, old: Value, now: Option<Value>, expect: bool) {
        let request = json!({"operation": operation, "oldObject": old});
        let cause = Cause {
            request: Some(request),
            ..Cause::default()
        };
        let now = now.map(|now| serde_json::from_value(now).unwrap());
        assert_eq!(is_early(now.as_ref(), &cause), expect, "{case}");
    }
}
