//! `mutate`: one kind of patch at each place.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Item;

use super::{Site, part};
use crate::doc::PolicyKind;

/// Reports patches that exclude each other.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let Some(mutate) = site.part(&["mutate"]) else {
        return;
    };
    let path = format!("path: {}.mutate", site.path());
    let mut refuse = |place: &str, at: Item<'_>, reason: &str| {
        let message = format!("{path}.{place}.: {reason}");
        found.push(Diagnostic::error("several-patches", message, at.span()));
    };
    let (merge, json) = patches(mutate);
    if let Some(foreach) = part(mutate, &["foreach"]) {
        if let Some(patch) = merge.or(json) {
            let reason =
                "only one of `foreach`, `patchStrategicMerge`, or `patchesJson6902` is allowed";
            refuse("foreach", patch, reason);
        }
        let mut place = String::new();
        loops(foreach, &mut place, &mut refuse);
    } else if let (Some(patch), Some(_)) = (merge, json) {
        let reason = "only one of `patchStrategicMerge` or `patchesJson6902` is allowed";
        refuse("foreach", patch, reason);
    }
}

fn patches(item: Item<'_>) -> (Option<Item<'_>>, Option<Item<'_>>) {
    let json = part(item, &["patchesJson6902"]).filter(|patch| patch.value().as_str() != Some(""));
    (part(item, &["patchStrategicMerge"]), json)
}

fn loops(foreach: Item<'_>, place: &mut String, refuse: &mut impl FnMut(&str, Item<'_>, &str)) {
    for (index, each) in foreach.elements().enumerate() {
        // The reference never shortens this again.
        place.push_str(&format!("foreach[{index}]"));
        let inner = part(each, &["foreach"]).filter(|inner| inner.elements().next().is_some());
        let (merge, json) = patches(each);
        if let Some(inner) = inner {
            let other = part(each, &["preconditions"]).or(part(each, &["context"]));
            if let Some(other) = other.or(merge).or(json) {
                refuse(
                    place,
                    other,
                    "a nested foreach cannot contain other declarations",
                );
            }
            loops(inner, place, refuse);
        } else if merge.is_some() == json.is_some() {
            let reason = "only one of `patchStrategicMerge` or `patchesJson6902` is allowed";
            refuse(place, merge.unwrap_or(each), reason);
        }
    }
}

/// A policy of a namespace changes nothing outside of it.
pub(super) fn targets(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let id = site.policy.id();
    let targets = site.part(&["mutate", "targets"]);
    if id.kind != PolicyKind::Policy {
        return;
    }
    for (index, target) in targets.into_iter().flat_map(Item::elements).enumerate() {
        let Some(namespace) = part(target, &["namespace"]) else {
            continue;
        };
        let text = namespace.value().as_str().unwrap_or_default();
        if !text.is_empty() && text != id.namespace {
            let message = format!(
                "{}.targets[{index}].namespace: Invalid value: {text:?}: This field can be ignored \
                 or should have value of the namespace where the policy is being created",
                site.path()
            );
            found.push(Diagnostic::error(
                "other-namespace",
                message,
                namespace.span(),
            ));
        }
    }
}
