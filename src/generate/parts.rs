//! Triggers that a gate missed and that were sent to subresources: a scale, a status.
//!
//! Comes in:  a rule, a subresource that it speaks about, the time since which something may be missing.
//! Goes out:  objects whose subresource was written since; for each that sets the rule off a duty and a
//!            cause: the request as it may have been.
//! Never here: what leaves nothing behind: connections, evictions, bindings.
//!
//! An object's metadata tells when each of its subresources was last written. Who sent that is not known.

use jiff::Timestamp;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use portcullis_engine::program::Program;
use serde_json::{Value, json};

use super::duty::{Duty, Trigger};
use super::existing::{Setting, is_trigger};
use super::request::Cause;
use super::shop::Shop;
use super::trouble::{Trouble, is_code};
use crate::cluster::kinds::Served;
use crate::cluster::objects::{self, Pages};
use crate::settings::filters::About;

/// Where an object is.
pub(super) struct Owner {
    namespace: String,
    name: String,
}

/// Objects whose subresource was written since.
///
/// # Errors
///
/// The API server's.
pub(super) async fn written(
    shop: &Shop,
    setting: &Setting,
    served: &Served,
    since: Timestamp,
) -> Result<Vec<Owner>, Trouble> {
    let namespace = Some(setting.namespace.as_str()).filter(|text| !text.is_empty());
    if namespace.is_some() && !served.namespaced {
        return Ok(Vec::new());
    }
    let part = served.subresource.as_deref().unwrap_or_default();
    let api = objects::api(&shop.site.client, &served.resource(), namespace);
    let mut pages = Pages::new(api, None);
    let refused =
        |error: kube::Error| Trouble::of(&format!("cannot list {}", served.plural), &error);
    let mut owners = Vec::new();
    while let Some(page) = pages.next_metadata().await.map_err(refused)? {
        for object in page {
            let metadata = object.metadata;
            if metadata.deletion_timestamp.is_some() || !is_written(&metadata, part, since) {
                continue;
            }
            let owner = Owner {
                namespace: metadata.namespace.unwrap_or_default(),
                name: metadata.name.unwrap_or_default(),
            };
            let about = About {
                group: &served.group,
                version: &served.version,
                kind: &served.parent_kind,
                subresource: part,
                namespace: &owner.namespace,
                name: &owner.name,
            };
            if !shop.site.config.load().filters.cover(&about) {
                owners.push(owner);
            }
        }
    }
    Ok(owners)
}

/// What an object's subresource, as it is now, sets off.
///
/// # Errors
///
/// The API server's.
pub(super) async fn set_off(
    shop: &Shop,
    program: &Program,
    setting: &Setting,
    (served, owner): (&Served, Owner),
) -> Result<Option<(Duty, Cause)>, Trouble> {
    let part = served.subresource.as_deref().unwrap_or_default();
    let resource = served.resource();
    let namespace = Some(owner.namespace.as_str()).filter(|text| !text.is_empty());
    let api = objects::api(&shop.site.client, &resource, namespace);
    let object = match api.get_subresource(part, &owner.name).await {
        Ok(object) => json!(object),
        Err(error) if is_code(&error, 404) => return Ok(None),
        Err(error) => {
            let doing = format!("cannot read {}/{part} {}", served.plural, owner.name);
            return Err(Trouble::of(&doing, &error));
        }
    };
    let cause = Cause {
        request: Some(request(served, &owner, object)),
        ..Cause::default()
    };
    if !is_trigger(shop, program, setting, &cause, None).await {
        return Ok(None);
    }
    let duty = Duty {
        what: setting.what,
        policy: setting.policy.clone(),
        rule: setting.rule.clone(),
        // As a gate names what was sent to a subresource.
        trigger: Trigger {
            api_version: resource.api_version,
            kind: resource.kind,
            namespace: owner.namespace,
            name: owner.name,
            uid: String::new(),
        },
    };
    Ok(Some((duty, cause)))
}

/// Was this subresource written since? Times are whole seconds.
fn is_written(metadata: &ObjectMeta, part: &str, since: Timestamp) -> bool {
    let mut writes = metadata.managed_fields.iter().flatten();
    writes.any(|one| {
        one.subresource.as_deref() == Some(part)
            && one.time.as_ref().is_none_or(|time| time.0 >= since)
    })
}

/// The request that may have been, with the subresource as it is now.
fn request(served: &Served, owner: &Owner, object: Value) -> Value {
    // A request about a Namespace says that it is in itself.
    let namespace = match (served.group.as_str(), served.parent_kind.as_str()) {
        ("", "Namespace") => &owner.name,
        _ => &owner.namespace,
    };
    let kind = json!({
        "group": served.kind_group, "version": served.kind_version, "kind": served.kind,
    });
    let resource = json!({
        "group": served.group, "version": served.version, "resource": served.plural,
    });
    json!({
        "kind": kind, "requestKind": kind,
        "resource": resource, "requestResource": resource,
        "subResource": served.subresource, "requestSubResource": served.subresource,
        "name": owner.name, "namespace": namespace,
        "operation": "UPDATE", "userInfo": {}, "object": object,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::is_written;

    #[test]
    fn the_last_write_of_the_subresource_counts() {
        let metadata = json!({ "managedFields": [
            {"manager": "a", "time": "2026-01-09T00:00:00Z"},
            {"manager": "b", "time": "2026-01-03T00:00:00Z", "subresource": "scale"},
            {"manager": "c", "time": "2026-01-05T00:00:00Z", "subresource": "status"},
        ]});
        let metadata = serde_json::from_value(metadata).unwrap();
        let check = |part: &str, day: &str, expect: bool| {
            let since = format!("2026-01-{day}T00:00:00Z").parse().unwrap();
            assert_eq!(is_written(&metadata, part, since), expect, "{part} {day}");
        };
        check("scale", "03", true);
        check("scale", "04", false);
        check("status", "04", true);
        check("exec", "01", false);
    }
}
