//! Context entries: a name that is free, and one source that can work.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::jmespath;
use portcullis_lang::scalar::image::{Defaults, Image};
use portcullis_lang::template::{Options, expressions};
use portcullis_lang::value::{Item, Value};

use super::{Site, part};

/// Names that the engine sets itself.
const TAKEN: [&str; 6] = [
    "images",
    "request",
    "serviceAccountName",
    "serviceAccountNamespace",
    "element",
    "elementIndex",
];

const SOURCES: [&str; 5] = [
    "configMap",
    "apiCall",
    "globalReference",
    "imageRegistry",
    "variable",
];

/// Reports entries of a rule's context that cannot work. Those of loops are not looked at.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    entries(&site.path(), site.item(), found);
}

/// Reports entries of the `context` of `holder`, which messages call `path`.
pub(super) fn entries(path: &str, holder: Item<'_>, found: &mut Vec<Diagnostic>) {
    let context = part(holder, &["context"]);
    for entry in context.into_iter().flat_map(Item::elements) {
        if let Err((code, reason, at)) = judge(entry) {
            let message = format!("path: {path}: {reason}");
            found.push(Diagnostic::error(code, message, at.span()));
        }
    }
}

type Refusal<'p> = (&'static str, String, Item<'p>);

fn judge(entry: Item<'_>) -> Result<(), Refusal<'_>> {
    let name = entry.value().text("name");
    let at = part(entry, &["name"]).unwrap_or(entry);
    if name.is_empty() {
        let reason = "a name is required for context entries".to_owned();
        return Err(("no-context-name", reason, entry));
    }
    let taken = TAKEN.iter().find(|taken| {
        let rest = name.strip_prefix(**taken);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    if let Some(taken) = taken {
        let reason = format!(
            "entry name {name} is invalid as it conflicts with a pre-defined variable {taken}"
        );
        return Err(("taken-context-name", reason, at));
    }
    let stated = SOURCES
        .iter()
        .filter_map(|key| Some((*key, part(entry, &[key])?)));
    match stated.collect::<Vec<_>>()[..] {
        [("configMap", source)] => named(source, "a name is required for configMap context entry"),
        [("apiCall", source)] => api_call(source),
        [("globalReference", source)] => {
            named(source, "a name is required for global context entry")?;
            expression(source)
        }
        [("imageRegistry", source)] => image_registry(source),
        [(_, source)] => variable(source),
        _ => {
            let reason = "exactly one of configMap or apiCall or imageRegistry or variable is \
                          required for context entries";
            Err(("context-source", reason.to_owned(), at))
        }
    }
}

fn named<'p>(source: Item<'p>, reason: &str) -> Result<(), Refusal<'p>> {
    match source.value().text("name") {
        "" => Err(("context-source", reason.to_owned(), source)),
        _ => Ok(()),
    }
}

fn variable(source: Item<'_>) -> Result<(), Refusal<'_>> {
    expression(source)?;
    let has_path = !source.value().text("jmesPath").is_empty();
    if part(source, &["value"]).is_none() && !has_path {
        let reason = "a variable must define a value or a jmesPath expression";
        return Err(("context-source", reason.to_owned(), source));
    }
    match part(source, &["default"]) {
        Some(default) if !has_path => {
            let reason = "a variable must define a default value only when a jmesPath expression \
                          is defined";
            Err(("context-default", reason.to_owned(), default))
        }
        _ => Ok(()),
    }
}

fn api_call(source: Item<'_>) -> Result<(), Refusal<'_>> {
    if let Some(service) = part(source, &["service"])
        && !source.value().text("urlPath").is_empty()
    {
        let reason = "a URLPath cannot be used for service API calls";
        return Err(("context-source", reason.to_owned(), service));
    }
    expression(source)
}

fn image_registry(source: Item<'_>) -> Result<(), Refusal<'_>> {
    let reference = source.value().text("reference");
    if reference.is_empty() {
        let reason = "a ref is required for imageRegistry context entry";
        return Err(("context-source", reason.to_owned(), source));
    }
    if !has_variables(reference)
        && let Err(error) = Image::parse(reference, Defaults::default())
    {
        let at = part(source, &["reference"]).unwrap_or(source);
        return Err(("context-source", error.to_string(), at));
    }
    expression(source)
}

/// `jmesPath`, unless variables are still to come into it.
fn expression(source: Item<'_>) -> Result<(), Refusal<'_>> {
    let path = source.value().text("jmesPath");
    if path.is_empty() || has_variables(path) {
        return Ok(());
    }
    match jmespath::parse_tree(path) {
        Ok(_) => Ok(()),
        Err(error) => {
            let at = part(source, &["jmesPath"]).unwrap_or(source);
            let reason = format!("failed to parse JMESPath {path}: {error}");
            Err(("invalid-expression", reason, at))
        }
    }
}

fn has_variables(text: &str) -> bool {
    !expressions(Value::Str(text), Options::default()).is_empty()
}
