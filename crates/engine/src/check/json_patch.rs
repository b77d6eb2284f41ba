//! `patchesJson6902`: YAML or JSON in a text.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Document, Item, Numbers, Value, to_json, yaml};

use super::Site;

/// The paths of a patch that can be read.
pub(super) fn paths(patch: &str) -> Vec<String> {
    let Ok(document) = yaml::read_one(patch, Numbers::AsWritten) else {
        return Vec::new();
    };
    let operations = document.item().elements();
    operations
        .map(|operation| operation.value().text("path").to_owned())
        .collect()
}

/// Reports a patch that could never be applied. Patches within loops are not looked at.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let Some(patch) = site.part(&["mutate", "patchesJson6902"]) else {
        return;
    };
    let text = patch.value().as_str().unwrap_or_default();
    if let Err((reason, words)) = read(&without_variables(text)) {
        let message = format!(
            "path must begin with a forward slash: {}: {reason}",
            site.path()
        );
        found.push(Diagnostic::error("invalid-json-patch", message, patch.span()).about(words));
    }
}

/// The patch with a word for each variable: variables are somebody else's business.
fn without_variables(text: &str) -> String {
    let mut plain = text.to_owned();
    for expression in expressions(Value::Str(text), Options::default()) {
        for braces in [
            format!("{{{{{}}}}}", expression.text),
            format!("{{{{ {} }}}}", expression.text),
        ] {
            plain = plain.replace(&braces, "variable");
        }
    }
    plain
}

/// Why the patch is none, and the words that are wrong.
fn read(text: &str) -> Result<(), (String, String)> {
    let document: Document =
        yaml::read_one(text, Numbers::AsWritten).map_err(|error| (error.message, String::new()))?;
    let root = document.item();
    if root.value().as_list().is_none() && !root.value().is_null() {
        let kind = match root.value() {
            Value::Map(_) => "object",
            Value::Str(_) => "string",
            Value::Bool(_) => "bool",
            _ => "number",
        };
        let reason = format!("json: cannot unmarshal {kind} into Go value of type jsonpatch.Patch");
        return Err((reason, String::new()));
    }
    for operation in root.elements() {
        let words = || operation.value().text("path").to_owned();
        if let Err(reason) = shape(operation) {
            let shown = to_json(operation.value());
            return Err((format!("invalid operation {shown}: {reason}"), words()));
        }
    }
    for operation in root.elements() {
        let path = operation.value().text("path");
        if !path.starts_with('/') {
            return Err((path.to_owned(), path.to_owned()));
        }
    }
    Ok(())
}

/// Why one operation is none.
fn shape(operation: Item<'_>) -> Result<(), &'static str> {
    match operation.value().text("op") {
        "add" | "replace" if operation.get("value").is_none() => {
            return Err("failed to decode 'value': operation, missing value field: missing value");
        }
        "move" | "copy" if operation.get("from").is_none() => {
            return Err("failed to decode 'from': operation, missing from field: missing value");
        }
        "add" | "replace" | "move" | "copy" | "remove" | "test" => {}
        _ => return Err("unsupported operation"),
    }
    match operation.get("path") {
        Some(_) => Ok(()),
        None => Err("failed to decode 'path': operation missing path field: missing value"),
    }
}
