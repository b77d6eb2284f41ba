//! `match` and `exclude`: filters that select nothing, or nothing that is left.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::wildcard::{self, has_wildcard};
use portcullis_lang::value::{Item, Span};

use super::cover::covers;
use crate::check::{Site, filters, part};
use crate::doc::{Filter, KindSelector, PolicyKind};

const CODE: &str = "never-matches";

/// Kinds of Kubernetes itself that have no namespace.
const WITHOUT_NAMESPACE: [&str; 18] = [
    "APIService",
    "CSIDriver",
    "CSINode",
    "CertificateSigningRequest",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
    "FlowSchema",
    "IngressClass",
    "MutatingWebhookConfiguration",
    "Node",
    "PersistentVolume",
    "PriorityClass",
    "PriorityLevelConfiguration",
    "RuntimeClass",
    "StorageClass",
    "ValidatingWebhookConfiguration",
    "VolumeAttachment",
];

/// Reports filters of `match` without effect.
pub(super) fn lint(site: Site<'_>, found: &mut Vec<Diagnostic>) {
    for (_, item) in filters(site, "match") {
        subresources(site, item, found);
    }
    let mut warn = |at: Span, message: &str, help: &str| {
        let finding = Diagnostic::warning(CODE, message, at);
        found.push(match help {
            "" => finding,
            help => finding.with_help(help),
        });
    };
    let written = filters(site, "match");
    let read: Vec<&Filter> = site.rule.matches.filters().collect();
    for ((_, item), filter) in written.iter().zip(&read) {
        kinds(site, *item, &mut warn);
        criteria(*item, filter, &mut warn);
        only_deletion(site, *item, filter, &mut warn);
        let excludes = &site.rule.excludes;
        let excluded = excludes.filters().find(|exclude| {
            excludes.all.is_empty() && !exclude.is_empty() && covers(exclude, filter)
        });
        if excluded.is_some() {
            let help = "narrow `exclude`, or remove this filter";
            warn(
                item.span(),
                "`exclude` takes away all that this selects",
                help,
            );
        }
    }
    if !site.rule.matches.all.is_empty() && site.rule.matches.any.is_empty() {
        disjoint(&written, &read, &mut warn);
    }
    for section in ["match", "exclude"] {
        for (_, item) in filters(site, section) {
            for key in ["selector", "namespaceSelector"] {
                let selector = part(item, &["resources", key]);
                selector
                    .into_iter()
                    .for_each(|selector| contradiction(selector, &mut warn));
            }
        }
    }
}

fn kinds(site: Site<'_>, filter: Item<'_>, warn: &mut impl FnMut(Span, &str, &str)) {
    let in_namespace = site.policy.id().kind == PolicyKind::Policy;
    let kinds = part(filter, &["resources", "kinds"]).into_iter();
    for item in kinds.flat_map(Item::elements) {
        let text = item.value().as_str().unwrap_or_default();
        let kind = KindSelector::parse(text).kind;
        if kind.is_empty() {
            let message = format!("`{text}` has none of the forms of a kind: it matches nothing");
            let help =
                "write `Kind`, `version/Kind`, `group/version/Kind`, each with `/subresource`";
            warn(item.span(), &message, help);
        } else if kind.starts_with(|c: char| c.is_ascii_lowercase()) && !has_wildcard(&kind) {
            let message = format!("`{kind}` is no kind: kinds start with a capital letter");
            warn(item.span(), &message, "write the kind, not the plural name");
        } else if in_namespace && (WITHOUT_NAMESPACE.contains(&&*kind) || kind == "Namespace") {
            let message = format!("a Policy is about its own namespace, and `{kind}` is in none");
            warn(item.span(), &message, "write a ClusterPolicy");
        }
    }
}

/// Kyverno refuses this where it knows which subresources there are: in a cluster.
fn subresources(site: Site<'_>, item: Item<'_>, found: &mut Vec<Diagnostic>) {
    if !site.policy.settings().background || site.part(&["validate"]).is_none() {
        return;
    }
    let kinds = part(item, &["resources", "kinds"]).into_iter();
    for kind in kinds.flat_map(Item::elements) {
        let text = kind.value().as_str().unwrap_or_default();
        if !KindSelector::parse(text).subresource.is_empty() {
            let message = "background scans do not see subresources: Kyverno refuses this policy \
                           in a cluster";
            found.push(
                Diagnostic::warning("subresource-in-background", message, kind.span())
                    .with_help("set `spec.background: false`"),
            );
        }
    }
}

/// Criteria that exclude each other.
fn criteria(item: Item<'_>, filter: &Filter, warn: &mut impl FnMut(Span, &str, &str)) {
    let all_are = |known: &dyn Fn(&str) -> bool| {
        !filter.kinds.is_empty() && filter.kinds.iter().all(|kind| known(&kind.kind))
    };
    let place = |key| part(item, &["resources", key]).unwrap_or(item).span();
    if filter.namespace_selector.is_some() && all_are(&|kind| kind == "Namespace") {
        let help = "use `selector`: the labels are those of the object itself";
        let message = "`namespaceSelector` never selects a Namespace";
        warn(place("namespaceSelector"), message, help);
    }
    let only_inside = filter
        .namespaces
        .iter()
        .all(|text| !wildcard::matches(text, ""));
    if !filter.namespaces.is_empty()
        && only_inside
        && all_are(&|kind| WITHOUT_NAMESPACE.contains(&kind))
    {
        let message = "these kinds have no namespace, so `namespaces` matches none of them";
        warn(place("namespaces"), message, "");
    }
}

/// Patterns say nothing about what is deleted.
fn only_deletion(
    site: Site<'_>,
    item: Item<'_>,
    filter: &Filter,
    warn: &mut impl FnMut(Span, &str, &str),
) {
    let forms = [
        &["validate", "pattern"][..],
        &["validate", "anyPattern"],
        &["validate", "podSecurity"],
        &["validate", "manifests"],
        &["verifyImages"],
    ];
    let only_deletes = !filter.operations.is_empty()
        && filter
            .operations
            .iter()
            .all(|operation| operation == "DELETE");
    if only_deletes && forms.iter().any(|keys| site.part(keys).is_some()) {
        let at = part(item, &["resources", "operations"])
            .unwrap_or(item)
            .span();
        let message = "this rule says nothing about objects that are deleted";
        warn(at, message, "use `deny` with `request.oldObject`");
    }
}

/// `all` over filters that have no kind in common.
fn disjoint(
    written: &[(String, Item<'_>)],
    read: &[&Filter],
    warn: &mut impl FnMut(Span, &str, &str),
) {
    let plain = |filter: &Filter| {
        !filter.kinds.is_empty() && filter.kinds.iter().all(|kind| !has_wildcard(&kind.kind))
    };
    let Some(first) = read.first().filter(|first| plain(first)) else {
        return;
    };
    for ((_, item), filter) in written.iter().zip(read).skip(1) {
        let shared = |kind: &KindSelector| first.kinds.iter().any(|other| other.kind == kind.kind);
        if plain(filter) && !filter.kinds.iter().any(shared) {
            let at = part(*item, &["resources", "kinds"]).unwrap_or(*item).span();
            let message = "no object is of this kind and of that of the first filter";
            warn(at, message, "use `any`");
        }
    }
}

/// Requirements on one label that exclude each other.
fn contradiction(selector: Item<'_>, warn: &mut impl FnMut(Span, &str, &str)) {
    let text = |item: Item<'_>, key: &str| item.value().text(key).to_owned();
    let requirements = part(selector, &["matchExpressions"]).into_iter();
    let requirements: Vec<_> = requirements.flat_map(Item::elements).collect();
    let labels = part(selector, &["matchLabels"]).into_iter();
    let labels: Vec<_> = labels
        .flat_map(Item::entries)
        .map(|entry| entry.key)
        .collect();
    for (index, requirement) in requirements.iter().enumerate() {
        let (key, operator) = (text(*requirement, "key"), text(*requirement, "operator"));
        let needs = |other: &Item<'_>| {
            text(*other, "key") == key && matches!(&*text(*other, "operator"), "Exists" | "In")
        };
        let is_needed = labels.contains(&key.as_str())
            || requirements
                .iter()
                .enumerate()
                .any(|(i, other)| i != index && needs(other));
        if operator == "DoesNotExist" && is_needed {
            let message = format!("the label `{key}` has to be there and must not be there");
            warn(requirement.span(), &message, "");
        }
    }
}
