//! Context entries that nothing asks for.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Value};

use super::asked::places;
use crate::check::{Site, part};
use crate::context::mentions;

/// Reports them. They are never loaded, so they do no harm.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for place in places(site) {
        let context = part(place, &["context"]);
        for entry in context.into_iter().flat_map(Item::elements) {
            let name = entry.value().text("name");
            let own = entry.span();
            if !name.is_empty() && !is_asked_for(site.item(), name, own.start) {
                let message = format!("nothing asks for the context entry `{name}`");
                let at = part(entry, &["name"]).unwrap_or(entry).span();
                found.push(Diagnostic::hint("unused-context", message, at));
            }
        }
    }
}

/// Does any text or key mention the name, except below the entry that starts at `own`?
fn is_asked_for(item: Item<'_>, name: &str, own: usize) -> bool {
    if item.span().start == own && item.get("name").is_some() {
        return false;
    }
    let here = match item.value() {
        Value::Str(text) => mentions(text, name),
        _ => false,
    };
    here || item
        .elements()
        .any(|element| is_asked_for(element, name, own))
        || item
            .entries()
            .any(|entry| mentions(entry.key, name) || is_asked_for(entry.item, name, own))
}
