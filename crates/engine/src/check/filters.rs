//! `match` and `exclude`.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::label::{LabelError, Operator, Selector};
use portcullis_lang::scalar::wildcard::has_wildcard;
use portcullis_lang::value::{Entry, Item};

use super::{Site, part};
use crate::doc::PolicyKind;

/// The filters of a block, each with its path: `spec.rules[0].match.any[0]`. A block without `any`
/// and `all` is one filter itself.
pub(crate) fn filters<'p>(site: Site<'p>, section: &str) -> Vec<(String, Item<'p>)> {
    let Some(block) = site.part(&[section]) else {
        return Vec::new();
    };
    let path = format!("{}.{section}", site.path());
    for list in ["any", "all"] {
        let filters = part(block, &[list]).into_iter().flat_map(Item::elements);
        let filters = filters.enumerate();
        let filters: Vec<_> = filters
            .map(|(index, filter)| (format!("{path}.{list}[{index}]"), filter))
            .collect();
        if !filters.is_empty() {
            return filters;
        }
    }
    vec![(path, block)]
}

/// Reports filters that cannot be meant so.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for section in ["match", "exclude"] {
        if let Some(block) = site.part(&[section]) {
            shape(site, section, block, found);
        }
        for (path, filter) in filters(site, section) {
            subjects(&path, filter, found);
            roles(&path, filter, found);
            if let Some(resources) = part(filter, &["resources"]) {
                described(site, &path, resources, found);
            }
        }
    }
}

/// `any`, `all` and the direct form exclude each other.
fn shape(site: Site<'_>, section: &str, block: Item<'_>, found: &mut Vec<Diagnostic>) {
    let filled = |key| {
        let list = part(block, &[key]);
        list.is_some_and(|list| list.elements().next().is_some())
    };
    let path = site.path();
    if filled("any") && filled("all") {
        let message = format!("{path}.{section}: Can't specify any and all together");
        found.push(Diagnostic::error("any-and-all", message, block.span()));
    }
    if let Some(direct) = part(block, &["resources"])
        && (filled("any") || filled("all"))
    {
        let message = format!(
            "path: {path}.{section}.: can't specify any/all together with {section} resources"
        );
        found.push(Diagnostic::error("any-and-all", message, direct.span()));
    }
}

fn subjects(path: &str, filter: Item<'_>, found: &mut Vec<Diagnostic>) {
    let subjects = part(filter, &["subjects"]).into_iter();
    for (index, subject) in subjects.flat_map(Item::elements).enumerate() {
        let path = format!("{path}.subjects[{index}]");
        let mut refuse = |key: &str, text: &str| {
            let at = part(subject, &[key]).unwrap_or(subject).span();
            let message = format!("{path}.{key}: {text}");
            found.push(Diagnostic::error("invalid-subject", message, at));
        };
        let text = |key| subject.value().text(key);
        match text("kind") {
            "User" | "Group" => {}
            "ServiceAccount" if text("namespace").is_empty() => {
                refuse(
                    "namespace",
                    "Required value: namespace is required when Kind is ServiceAccount",
                );
            }
            "ServiceAccount" => {}
            "" => refuse("kind", "Required value"),
            other => {
                let known = "supported values: \"Group\", \"ServiceAccount\", \"User\"";
                refuse("kind", &format!("Unsupported value: {other:?}: {known}"));
            }
        }
        if text("name").is_empty() {
            refuse("name", "Required value");
        }
    }
}

fn roles(path: &str, filter: Item<'_>, found: &mut Vec<Diagnostic>) {
    let roles = part(filter, &["roles"]).into_iter();
    for (index, role) in roles.flat_map(Item::elements).enumerate() {
        let text = role.value().as_str().unwrap_or_default();
        if text.matches(':').count() != 1 {
            let message = format!(
                "{path}.roles[{index}]: Invalid value: {text:?}: Role is expected to be in \
                 namespace:name format"
            );
            found.push(Diagnostic::error("invalid-role", message, role.span()));
        }
    }
}

fn described(site: Site<'_>, path: &str, resources: Item<'_>, found: &mut Vec<Diagnostic>) {
    let stated = |key: &str| {
        let item = part(resources, &[key])?;
        let empty = item.value().as_str() == Some("")
            || (item.elements().next().is_none() && item.value().as_list().is_some());
        (!empty).then_some(item)
    };
    if let (Some(name), Some(_)) = (stated("name"), stated("names")) {
        let message = format!("{path}: Both name and names can not be specified together");
        found.push(Diagnostic::error("name-and-names", message, name.span()));
    }
    if let Some(selector) = stated("selector") {
        let path = format!("{path}.selector");
        let has = |key| part(selector, &[key]).is_some_and(|list| !is_empty(list));
        if !has("matchLabels") && !has("matchExpressions") {
            let message = format!("{path}: The requirements are not specified in selector");
            found.push(Diagnostic::error(
                "empty-selector",
                message,
                selector.span(),
            ));
        } else if let Err((at, reason)) = requirements(selector) {
            let message = format!("{path}: {reason}");
            found.push(Diagnostic::error("invalid-selector", message, at.span()));
        }
    }
    if site.policy.id().kind == PolicyKind::Policy {
        for key in ["namespaces", "namespaceSelector"] {
            if let Some(stated) = stated(key) {
                let message = format!(
                    "{path}.{key}: Forbidden: Filtering namespaces not allowed in namespaced policies"
                );
                found.push(Diagnostic::error(
                    "namespaces-in-policy",
                    message,
                    stated.span(),
                ));
            }
        }
    }
}

/// The first requirement that no selector can have. One wildcard and none is looked at.
fn requirements(selector: Item<'_>) -> Result<(), (Item<'_>, LabelError)> {
    let labels = part(selector, &["matchLabels"]).into_iter();
    let labels: Vec<_> = labels.flat_map(Item::entries).collect();
    let text = |item: Item<'_>| item.value().as_str().unwrap_or_default().to_owned();
    let is_wild = |entry: &Entry<'_>| has_wildcard(entry.key) || has_wildcard(&text(entry.item));
    if labels.iter().any(is_wild) {
        return Ok(());
    }
    let mut read = Selector::default();
    for entry in labels {
        let added = read.require_label(entry.key, &text(entry.item));
        added.map_err(|error| (entry.item, error))?;
    }
    let expressions = part(selector, &["matchExpressions"]).into_iter();
    for expression in expressions.flat_map(Item::elements) {
        let values = part(expression, &["values"]).into_iter();
        let values: Vec<String> = values.flat_map(Item::elements).map(text).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let key = expression.value().text("key");
        Operator::parse(expression.value().text("operator"))
            .and_then(|operator| read.require(key, operator, &values))
            .map_err(|error| (expression, error))?;
    }
    Ok(())
}

fn is_empty(item: Item<'_>) -> bool {
    item.elements().next().is_none() && item.entries().next().is_none()
}

/// Reports filters of `match` that name no kind.
pub(super) fn kinds(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    if site.part(&["match"]).is_none() {
        let message = format!("{}.match: Required value", site.path());
        found.push(Diagnostic::error("no-kinds", message, site.name_span()));
    }
    for (_, filter) in filters(site, "match") {
        // Kinds that are no list are somebody else's finding.
        let kinds = part(filter, &["resources", "kinds"]);
        let is_list = |kinds: Item<'_>| kinds.value().as_list().is_some();
        if kinds.is_none_or(|kinds| is_list(kinds) && is_empty(kinds)) {
            let message = "at least one element must be specified in a kind block. The kind \
                           attribute is mandatory when working with the resources element";
            found.push(Diagnostic::error("no-kinds", message, filter.span()));
        }
    }
}
