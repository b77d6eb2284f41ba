//! `preconditions` and `deny.conditions`: whole conditions, with operators that there are.

use portcullis_lang::diagnostic::{Diagnostic, nearest};
use portcullis_lang::operator::Operator;
use portcullis_lang::value::{Item, Value};

use super::{Site, part};

/// What `request.operation` may be.
const OPERATIONS: [&str; 4] = ["CREATE", "UPDATE", "DELETE", "CONNECT"];

/// Reports conditions of a rule that could not be evaluated. Those of loops are not looked at.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let blocks = [
        (&["preconditions"][..], "validate.preconditions"),
        (
            &["validate", "deny", "conditions"],
            "validate.deny.conditions",
        ),
    ];
    for (keys, name) in blocks {
        if let Some(block) = site.part(keys) {
            self::block(&format!("{}.{name}", site.path()), block, found);
        }
    }
}

/// Reports conditions of one block, which messages call `path`.
pub(super) fn block(path: &str, block: Item<'_>, found: &mut Vec<Diagnostic>) {
    for (path, condition) in conditions(path, block) {
        judge(&path, condition, found);
    }
    unknown_parts(path, block, found);
}

/// The conditions of a block, each with its path.
pub(crate) fn conditions<'p>(path: &str, block: Item<'p>) -> Vec<(String, Item<'p>)> {
    let list = |path: String, list: Item<'p>| {
        let elements = list.elements().enumerate();
        elements.map(move |(index, condition)| (format!("{path}[{index}]"), condition))
    };
    if block.value().as_list().is_some() {
        return list(path.to_owned(), block).collect();
    }
    let named = |key: &str| {
        let conditions = part(block, &[key]);
        conditions.map(|conditions| list(format!("{path}.{key}"), conditions))
    };
    ["any", "all"]
        .iter()
        .filter_map(|key| named(key))
        .flatten()
        .collect()
}

fn unknown_parts(path: &str, block: Item<'_>, found: &mut Vec<Diagnostic>) {
    for entry in block
        .entries()
        .filter(|entry| !matches!(entry.key, "any" | "all"))
    {
        let message = format!(
            "path: {path}: error occurred while parsing preconditions/validate.deny.conditions: \
             unknown field '{}' found under preconditions/validate.deny.conditions",
            entry.key
        );
        let finding = Diagnostic::error("unknown-field", message, entry.key_span);
        found.push(finding.with_help("conditions stand under `any` or `all`"));
    }
}

fn judge(path: &str, condition: Item<'_>, found: &mut Vec<Diagnostic>) {
    let operator = condition.value().text("operator");
    let (key, value) = (part(condition, &["key"]), part(condition, &["value"]));
    let (Some(key), Some(value), false) = (key, value, operator.is_empty()) else {
        let message = format!(
            "path: {path}.: entered value of `key`, `value` or `operator` is missing or misspelled"
        );
        found.push(Diagnostic::error(
            "incomplete-condition",
            message,
            condition.span(),
        ));
        return;
    };
    if Operator::parse(operator).is_none() {
        let at = part(condition, &["operator"]).unwrap_or(condition).span();
        let message = format!("path: {path}.: entered value of `operator` is invalid");
        let finding = Diagnostic::error("unknown-operator", message, at);
        let names = Operator::ALL.map(Operator::name);
        found.push(match nearest(operator.trim(), names) {
            Some(name) => finding.with_help(format!("did you mean `{name}`?")),
            None => finding.with_help(format!("use one of {}", names.join(", "))),
        });
    }
    if key
        .value()
        .as_str()
        .is_some_and(|key| key.contains("request.operation"))
    {
        operation(path, value, found);
    }
}

/// What `request.operation` is compared with has to be an operation, or a variable.
fn operation(path: &str, value: Item<'_>, found: &mut Vec<Diagnostic>) {
    let mut refuse = |path: String, item: Item<'_>, reason: String| {
        let message = format!("path: {path}: {reason}");
        let finding = Diagnostic::error("unknown-operation", message, item.span());
        let text = item.value().as_str().unwrap_or_default();
        found.push(match nearest(text, OPERATIONS) {
            Some(name) => finding.with_help(format!("did you mean `{name}`?")),
            None => finding,
        });
    };
    let unknown = |text: &str| {
        format!(
            "unknown value '{text}' found under the 'value' field. Only the following values are \
             allowed: [CREATE, UPDATE, DELETE, CONNECT]"
        )
    };
    match value.value() {
        Value::Str(text) => {
            let is_variable = text.len() >= 4 && text.starts_with("{{") && text.ends_with("}}");
            if !is_variable && !OPERATIONS.contains(&text) {
                refuse(format!("{path}.value: {text}"), value, unknown(text));
            }
        }
        Value::List(_) => {
            for (index, element) in value.elements().enumerate() {
                let text = element.value().as_str().unwrap_or_default();
                if !OPERATIONS.contains(&text) {
                    refuse(format!("{path}.value[{index}]"), element, unknown(text));
                }
            }
        }
        other => {
            let kind = match other {
                Value::Bool(_) => "bool",
                Value::Int(_) | Value::Float(_) => "float64",
                _ => "map",
            };
            let reason = format!(
                "'value' field found to be of the type {kind}. The provided value/values are \
                 expected to be either in the form of a string or list"
            );
            refuse(format!("{path}.value"), value, reason);
        }
    }
}
