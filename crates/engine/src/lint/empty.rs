//! Lists without entries, where entries are what counts.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Item;

use super::asked::places;
use crate::check::{Site, part};

/// Reports them, with what they come to.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for place in places(site) {
        let lists = [
            (&["foreach"][..], "`foreach` without entries checks nothing"),
            (
                &["anyPattern"],
                "`anyPattern` without patterns lets everything pass",
            ),
            (
                &["preconditions", "any"],
                "an empty `any` never holds: the rule is always skipped",
            ),
            (
                &["deny", "conditions", "any"],
                "an empty `any` never holds: nothing is denied",
            ),
            (&["targets"], "`targets` without entries changes nothing"),
        ];
        for (keys, message) in lists {
            let stated = part(place, keys).filter(|list| {
                list.value().as_list().is_some() && list.elements().next().is_none()
            });
            if let Some(list) = stated {
                found.push(Diagnostic::warning("empty-list", message, list.span()));
            }
        }
        let pattern = part(place, &["pattern"]).filter(is_empty_map);
        if let Some(pattern) = pattern {
            let message = "an empty pattern lets everything pass";
            found.push(Diagnostic::warning(
                "empty-pattern",
                message,
                pattern.span(),
            ));
        }
    }
}

fn is_empty_map(item: &Item<'_>) -> bool {
    item.value().as_map().is_some() && item.entries().next().is_none()
}
