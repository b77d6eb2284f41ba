//! `generate`: a whole target and one source for it.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Item, Value};

use super::{Site, part};
use crate::doc::PolicyKind;

/// Reports targets that are not whole, and sources that exclude each other.
pub(super) fn check(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let Some(generate) = site.part(&["generate"]) else {
        return;
    };
    let path = site.path();
    let mut refuse = |place: &str, at: Item<'_>, reason: String| {
        let message = format!("{path}{place}: Forbidden: {reason}");
        found.push(Diagnostic::error("invalid-generate", message, at.span()));
    };
    let sources = ["data", "clone", "cloneList", "foreach"];
    let stated: Vec<_> = sources
        .iter()
        .filter_map(|key| {
            part(generate, &[key]).filter(|source| *key == "data" || !is_empty(*source))
        })
        .collect();
    if let [_, second, ..] = stated[..] {
        let reason =
            "only one of generate patterns(data, clone, cloneList and foreach) can be specified";
        refuse("", second, reason.to_owned());
        return;
    }
    for (place, pattern) in patterns(generate) {
        if let Some(reason) = other_namespace(site, pattern) {
            let at = part(pattern, &["namespace"]).unwrap_or(pattern);
            let reason = format!("target resource scope mismatched: {reason} ");
            refuse(&format!("{place}.namespace"), at, reason);
        }
        if part(pattern, &["cloneList", "kinds"]).is_some() {
            continue;
        }
        for key in ["kind", "name", "apiVersion"] {
            if pattern.value().text(key).is_empty() {
                let reason = format!("{key} can not be empty");
                refuse(&format!("{place}.{key}"), pattern, reason);
            }
        }
    }
    same_kind(site, generate, found);
}

/// The rule's own pattern, or those of its loops, each with its place in messages.
fn patterns(generate: Item<'_>) -> Vec<(String, Item<'_>)> {
    match part(generate, &["foreach"]) {
        Some(each) => each
            .elements()
            .enumerate()
            .map(|(index, each)| (format!(".foreach[{index}]"), each))
            .collect(),
        None => vec![(String::new(), generate)],
    }
}

/// Why a policy of a namespace may not generate this.
fn other_namespace(site: Site<'_>, pattern: Item<'_>) -> Option<String> {
    let id = site.policy.id();
    if id.kind != PolicyKind::Policy {
        return None;
    }
    let own = id.namespace.as_str();
    let target = pattern.value().text("namespace");
    let text = |keys: &[&str]| {
        let item = part(pattern, keys);
        item.and_then(|item| item.value().as_str())
            .unwrap_or_default()
    };
    if target != own {
        return Some(format!(
            "a namespaced policy cannot generate resources in other namespaces, expected: {own}, \
             received: {target}"
        ));
    }
    let source = text(&["clone", "namespace"]);
    (!text(&["clone", "name"]).is_empty() && source != own).then(|| {
        format!(
            "a namespaced policy cannot clone resources to or from other namespaces, expected: \
             {own}, received: {source}"
        )
    })
}

/// A rule that is set off by what it makes. Only the oldest form of `match` is looked at.
fn same_kind(site: Site<'_>, generate: Item<'_>, found: &mut Vec<Diagnostic>) {
    let kind = generate.value().text("kind");
    let kinds = site.part(&["match", "resources", "kinds"]).into_iter();
    let mut kinds = kinds.flat_map(Item::elements);
    if let Some(same) = kinds.find(|matched| matched.value() == Value::Str(kind)) {
        let message = "generation kind and match resource kind should not be the same";
        found.push(Diagnostic::error(
            "generates-its-trigger",
            message,
            same.span(),
        ));
    }
}

/// Reports targets without a namespace, as if every kind had namespaces.
pub(super) fn namespaces(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    let Some(generate) = site.part(&["generate"]) else {
        return;
    };
    let path = site.path();
    for (place, pattern) in patterns(generate) {
        let mut refuse = |key: &str, reason: &str| {
            let at = part(pattern, &["kind"]).unwrap_or(pattern).span();
            let message = format!("{path}{place}.{key}: Forbidden: {reason}");
            found.push(Diagnostic::error("no-target-namespace", message, at));
        };
        match part(pattern, &["cloneList"]).filter(|list| part(*list, &["kinds"]).is_some()) {
            Some(list) if list.value().text("namespace").is_empty() => refuse(
                "cloneList.namespace",
                "namespace is required for namespaced target resources",
            ),
            Some(_) => {}
            None if pattern.value().text("namespace").is_empty() => refuse(
                "namespace",
                "target namespace must be set for a namespaced resource",
            ),
            None => {}
        }
    }
}

fn is_empty(item: Item<'_>) -> bool {
    item.elements().next().is_none() && item.entries().next().is_none()
}
