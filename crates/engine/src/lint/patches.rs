//! Strategic merge patches that destroy the list that they patch.
//!
//! The reference does so, and reports success. Nobody means it.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::pattern::anchor::Key;
use portcullis_lang::value::Item;

use super::asked::places;
use crate::check::{Site, part};

/// Lists of Kubernetes' own kinds whose elements are told apart by a key.
const KEYED: [(&str, &str); 8] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("ephemeralContainers", "name"),
    ("volumes", "name"),
    ("env", "name"),
    ("imagePullSecrets", "name"),
    ("volumeMounts", "mountPath"),
    ("hostAliases", "ip"),
];

/// Reports patches whose list elements cannot be told apart, or are matched twice.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for place in places(site) {
        if let Some(patch) = part(place, &["patchStrategicMerge"]) {
            walk(patch, found);
        }
    }
}

fn walk(patch: Item<'_>, found: &mut Vec<Diagnostic>) {
    for entry in patch.entries() {
        let key = Key::parse(entry.key).name;
        if let Some((_, merge_key)) = KEYED.iter().find(|(list, _)| *list == key) {
            elements(entry.item, key, merge_key, found);
        }
        walk(entry.item, found);
    }
    patch.elements().for_each(|element| walk(element, found));
}

fn elements(list: Item<'_>, name: &str, key: &str, found: &mut Vec<Diagnostic>) {
    let mut anchored = 0;
    for element in list.elements() {
        if has_anchor(element) {
            anchored += 1;
            if anchored == 2 {
                let message = format!(
                    "two elements with anchors in one list leave `{name}` with only part of what it \
                     held"
                );
                found.push(
                    Diagnostic::warning("destructive-patch", message, element.span())
                        .with_help("write a rule of its own for each of them, or a `foreach`"),
                );
            }
        } else if element.entries().next().is_some()
            && !element
                .entries()
                .any(|entry| entry.key == key || entry.key == "$patch")
        {
            let message = format!("an element without `{key}` empties `{name}`");
            found.push(
                Diagnostic::warning("destructive-patch", message, element.span()).with_help(
                    format!("add `{key}`, or `({key}): \"*\"` to patch every element"),
                ),
            );
        }
    }
}

fn has_anchor(item: Item<'_>) -> bool {
    item.entries()
        .any(|entry| Key::parse(entry.key).anchor.is_some() || has_anchor(entry.item))
        || item.elements().any(has_anchor)
}
