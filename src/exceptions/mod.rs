//! The life of PolicyExceptions: who wanted them, until when, and whether anybody still needs them.
//!
//! Comes in:  exceptions of both kinds, as they are written; what reports say.
//! Goes out:  [`About`], for people; events and metrics before an exception ends and when it does.
//! Never here: whether an exception lets something off (see the engine), which it does no more from
//!             the moment at which it ends.
//!
//! An exception says who wanted it in the annotations `polex.kyverno.io/owner` and
//! `polex.kyverno.io/ticket`, and when it ends in `polex.kyverno.io/expires-at`; one from policies
//! written in CEL may say so in `spec.properties` and `spec.expiresAt` as well.

mod life;

#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value as Json;

pub(crate) use life::follow;

/// What an exception says about itself.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    /// Empty where none is stated.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// The policies that it lets something off from.
    pub(crate) policies: Vec<String>,
    /// RFC 3339; empty where the API server has not stored it.
    pub(crate) created: String,
    /// RFC 3339; empty where it never ends.
    pub(crate) expires: String,
    /// Who wanted it.
    pub(crate) owner: String,
    /// Where it was agreed upon.
    pub(crate) ticket: String,
}

impl About {
    /// Of an exception of either kind.
    pub(crate) fn of(object: &Json) -> About {
        let text = |path: &str| {
            let text = object.pointer(path).and_then(Json::as_str);
            text.unwrap_or_default().to_owned()
        };
        let own = |key: &str| {
            let annotation = text(&format!("/metadata/annotations/polex.kyverno.io~1{key}"));
            match annotation.is_empty() {
                true => text(&format!("/spec/properties/{key}")),
                false => annotation,
            }
        };
        let names = |list: &str, key: &str| {
            let list = object.pointer(list).and_then(Json::as_array);
            let names = list.into_iter().flatten();
            let names = names.filter_map(|entry| entry.get(key)?.as_str());
            names.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut policies = names("/spec/exceptions", "policyName");
        policies.extend(names("/spec/policyRefs", "name"));
        let stated = text("/spec/expiresAt");
        About {
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name"),
            policies,
            created: text("/metadata/creationTimestamp"),
            expires: match stated.is_empty() {
                true => text("/metadata/annotations/polex.kyverno.io~1expires-at"),
                false => stated,
            },
            owner: own("owner"),
            ticket: own("ticket"),
        }
    }
}
