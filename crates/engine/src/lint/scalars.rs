//! Texts of patterns that nothing fits.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::pattern::hopeless;
use portcullis_lang::value::{Item, Value};

use super::asked::{has_variables, places};
use crate::check::{Site, part};

/// Reports them. Texts with variables or references are not looked at.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for place in places(site) {
        for key in ["pattern", "anyPattern"] {
            part(place, &[key])
                .into_iter()
                .for_each(|pattern| walk(pattern, found));
        }
    }
}

fn walk(pattern: Item<'_>, found: &mut Vec<Diagnostic>) {
    if let Value::Str(text) = pattern.value()
        && !has_variables(pattern.value())
        && !text.contains("$(")
    {
        for alternative in hopeless(text) {
            let message = format!("nothing fits `{alternative}`");
            found.push(
                Diagnostic::warning("never-holds", message, pattern.span()).about(alternative),
            );
        }
    }
    pattern.elements().for_each(|element| walk(element, found));
    pattern.entries().for_each(|entry| walk(entry.item, found));
}
