//! Rules on every kind, `kinds: ["*"]`: little may be asked of an object of unknown shape.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Value};

use super::filters::filters;
use super::{Site, part};

const METADATA_ONLY: &str = "policy can only deal with the metadata field of the resource if the \
                             rule does not match any kind";

/// Reports what a rule on every kind may not do.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for section in ["match", "exclude"] {
        for (path, filter) in filters(site, section) {
            let Some(kinds) = part(filter, &["resources", "kinds"]) else {
                continue;
            };
            let every = kinds
                .elements()
                .find(|kind| kind.value() == Value::Str("*"));
            let Some(every) = every else { continue };
            let count = kinds.elements().count();
            if let Some(reason) = refusal(site, count) {
                let message = format!("path: {path}.kinds: {reason}");
                found.push(Diagnostic::error("wildcard-kind", message, every.span()));
            }
        }
    }
}

/// The first thing that such a rule may not do.
fn refusal(site: Site<'_>, kinds: usize) -> Option<&'static str> {
    let stated = |keys: &[&str]| site.part(keys).is_some();
    if site.policy.settings().background {
        return Some(
            "wildcard policy not allowed in background mode. Set spec.background=false to disable \
             background mode for this policy rule ",
        );
    }
    if kinds > 1 {
        return Some("wildcard policy can not deal with more than one kind");
    }
    if stated(&["generate"]) || stated(&["verifyImages"]) || stated(&["validate", "foreach"]) {
        return Some("wildcard policy does not support rule type");
    }
    let patterns = [
        ["validate", "pattern"],
        ["validate", "anyPattern"],
        ["mutate", "patchStrategicMerge"],
        ["mutate", "foreach"],
    ];
    let beyond = patterns.iter().filter_map(|keys| site.part(keys));
    let flat = site.part(&["validate", "deny", "conditions"]).into_iter();
    (beyond.into_iter().any(goes_beyond_metadata)
        || flat.flat_map(Item::elements).any(asks_beyond_metadata))
    .then_some(METADATA_ONLY)
}

/// Does the pattern, any of a list of patterns, or the patch of any loop name another field?
fn goes_beyond_metadata(item: Item<'_>) -> bool {
    if item.value().as_list().is_some() {
        return item.elements().any(|element| {
            let patch = part(element, &["patchStrategicMerge"]);
            let is_loop = part(element, &["list"]).is_some();
            patch.map_or(
                !is_loop && goes_beyond_metadata(element),
                goes_beyond_metadata,
            )
        });
    }
    item.entries().any(|entry| entry.key != "metadata")
}

/// Only conditions of the old flat form are looked at.
fn asks_beyond_metadata(condition: Item<'_>) -> bool {
    let key = condition.value().text("key");
    let of_the_request = ["request.", "serviceAccountName", "serviceAccountNamespace"]
        .iter()
        .any(|name| {
            key.match_indices("{{").any(|(at, braces)| {
                let inside = key.get(at + braces.len()..).unwrap_or_default();
                inside.trim_start().starts_with(name)
            })
        });
    !key.contains("request.object.metadata.")
        && (!of_the_request || key.contains("request.object.spec"))
}
