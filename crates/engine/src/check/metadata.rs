//! Labels and annotations are texts, in patterns and patches too.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Item;

use super::{Site, part};

/// Reports labels and annotations that are something else.
///
/// Of a pattern with other fields beside `metadata` the reference looks at one field, which one is
/// chance. Here `metadata` is always looked at when it stands alone, and else never.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for pattern in patterns(site) {
        let Some(metadata) = part(pattern, &["metadata"]) else {
            continue;
        };
        if pattern.entries().count() > 1 {
            continue;
        }
        let maps = ["labels", "annotations"].iter();
        let entries = maps
            .filter_map(|key| metadata.get(key))
            .flat_map(Item::entries);
        for entry in entries.filter(|entry| entry.item.value().as_str().is_none()) {
            let message = "labels and annotations supports only string values, \"use double \
                           quotes around the non string values\"";
            let at = match entry.item.value().is_null() {
                true => entry.key_span,
                false => entry.item.span(),
            };
            found.push(Diagnostic::error("label-not-text", message, at));
        }
    }
}

/// Every pattern and strategic-merge patch of the rule.
fn patterns<'p>(site: Site<'p>) -> Vec<Item<'p>> {
    let mut found = Vec::new();
    for (section, keys) in [
        ("validate", &["pattern", "anyPattern"][..]),
        ("mutate", &["patchStrategicMerge"]),
    ] {
        let Some(body) = site.part(&[section]) else {
            continue;
        };
        let each = part(body, &["foreach"])
            .into_iter()
            .flat_map(Item::elements);
        for place in [body].into_iter().chain(each) {
            for pattern in keys.iter().filter_map(|key| part(place, &[key])) {
                match pattern.value().as_list() {
                    Some(_) => found.extend(pattern.elements()),
                    None => found.push(pattern),
                }
            }
        }
    }
    found
}
