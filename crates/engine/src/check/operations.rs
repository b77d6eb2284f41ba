//! A rule does exactly one thing.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Value};

use super::Site;

const OPERATIONS: [&str; 4] = ["mutate", "validate", "generate", "verifyImages"];

/// Reports a rule that does nothing, or several things.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let stated = |key: &&str| site.part(&[key]).is_some_and(|part| !is_empty(part));
    let name = &site.rule.name;
    let (code, message) = match OPERATIONS.iter().filter(|key| stated(key)).count() {
        0 => (
            "no-operation",
            format!(
                "No operation defined in the rule '{name}'.(supported operations: \
                 mutate,validate,generate,verifyImages)"
            ),
        ),
        1 => return,
        _ => (
            "several-operations",
            format!(
                "Multiple operations defined in the rule '{name}', only one operation \
                 (mutate,validate,generate,verifyImages) is allowed per rule"
            ),
        ),
    };
    let message = format!("{}: {message}", site.path());
    found.push(Diagnostic::error(code, message, site.name_span()));
}

fn is_empty(item: Item<'_>) -> bool {
    match item.value() {
        Value::Map(map) => map.len() == 0,
        Value::List(list) => list.len() == 0,
        _ => false,
    }
}
