//! What policies with rules need to be sent.
//!
//! Comes in:  a policy, what the API server serves.
//! Goes out:  [`Needs`]: rules for the webhook that validates and for the one that mutates.
//! Never here: how policies share webhooks (see `resources`).

use portcullis_engine::doc::{
    Body, Filter, Filters, Generate, ImageEntry, KindSelector, Policy, Rule,
};

use super::rules::{ALL, Resource, Rules};
use crate::cluster::kinds::{Kinds, Served};

/// What an object can be changed by.
const WRITES: [&str; 2] = ["CREATE", "UPDATE"];

/// What a policy needs to be sent.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Needs {
    pub(super) validating: Rules,
    pub(super) mutating: Rules,
}

/// The needs of all rules of a policy. A kind that nobody serves needs nothing yet. `protects`: is what
/// they make kept from being changed by others?
pub(super) fn needs(policy: &Policy, kinds: &Kinds, protects: bool) -> Needs {
    let mut needs = Needs::default();
    let namespaced = policy.id().kind.is_namespaced();
    for rule in policy.rules() {
        match &rule.body {
            // What is generated, and what is changed later, follows from requests that were allowed.
            Body::Validate(_) => add(&mut needs.validating, rule, &ALL, namespaced, kinds),
            Body::Generate(generate) => {
                add(&mut needs.validating, rule, &ALL, namespaced, kinds);
                if protects {
                    protect(&mut needs.validating, generate, kinds);
                }
            }
            Body::Mutate(mutate) if mutate.is_existing() => {
                add(&mut needs.validating, rule, &ALL, namespaced, kinds);
            }
            Body::Mutate(_) => add(&mut needs.mutating, rule, &WRITES, namespaced, kinds),
            Body::VerifyImages(images) => {
                add(&mut needs.mutating, rule, &WRITES, namespaced, kinds);
                let checks = |entry: &ImageEntry| entry.verify_digest || entry.required;
                if images.entries.iter().any(checks) {
                    add(&mut needs.validating, rule, &ALL, namespaced, kinds);
                }
            }
            Body::None => {}
        }
    }
    needs
}

fn add(rules: &mut Rules, rule: &Rule, usual: &[&str], namespaced: bool, kinds: &Kinds) {
    // Filters of `all` hold together: what one of them says about operations holds for the kinds of
    // the others.
    let together = match rule.matches.any.is_empty() {
        true => operations_of_all(&rule.matches.all),
        false => None,
    };
    for filter in rule.matches.filters() {
        let own = (!filter.operations.is_empty()).then_some(&filter.operations);
        let stated = own.or(together.as_ref());
        let operations: Vec<&str> = match stated {
            Some(stated) => stated.iter().map(String::as_str).collect(),
            None => usual.to_vec(),
        };
        for selector in &filter.kinds {
            let left = operations
                .iter()
                .copied()
                .filter(|operation| !is_excluded(operation, selector, &rule.excludes));
            let left: Vec<&str> = left.collect();
            for resource in resources(selector, namespaced, kinds) {
                rules.add(resource, left.iter().copied());
            }
        }
    }
}

/// Kyverno is sent what it makes in any case; here nobody looks at it but to protect it, because what
/// drifts is found by watching.
fn protect(rules: &mut Rules, generate: &Generate, kinds: &Kinds) {
    for (version, kind) in generate.made() {
        let Some(served) = kinds.of(version, kind) else {
            continue;
        };
        let resource = Resource {
            group: served.group.clone(),
            version: served.version.clone(),
            name: served.plural.clone(),
            scope: match served.namespaced {
                true => "Namespaced",
                false => "Cluster",
            }
            .to_owned(),
        };
        rules.add(resource, ["CREATE", "UPDATE", "DELETE"]);
    }
}

fn operations_of_all(filters: &[Filter]) -> Option<Vec<String>> {
    let mut stated = filters.iter().filter(|it| !it.operations.is_empty());
    let first = stated.next()?.operations.clone();
    Some(stated.fold(first, |mut left, filter| {
        left.retain(|operation| filter.operations.contains(operation));
        left
    }))
}

/// Does an entry of `exclude.any` take the operation off the kind, whatever else a request is?
fn is_excluded(operation: &str, selector: &KindSelector, excludes: &Filters) -> bool {
    excludes.any.iter().any(|entry| {
        let plain = Filter {
            kinds: entry.kinds.clone(),
            operations: entry.operations.clone(),
            ..Filter::default()
        };
        let kind = |it: &KindSelector| it.text == selector.text || it.text == "*/*";
        *entry == plain
            && entry.operations.iter().any(|it| it == operation)
            && (entry.kinds.is_empty() || entry.kinds.iter().any(kind))
    })
}

/// The resources that a kind selector stands for.
fn resources(selector: &KindSelector, namespaced: bool, kinds: &Kinds) -> Vec<Resource> {
    let KindSelector {
        group,
        version,
        kind,
        subresource,
        ..
    } = selector;
    let whole = |text: &str| text == "*" || !text.contains(['*', '?']);
    let scope = match namespaced {
        true => "Namespaced",
        false => "*",
    };
    if kind == "*" && whole(group) && whole(version) && (whole(subresource)) {
        let resource = |name: String| Resource {
            group: group.clone(),
            version: version.clone(),
            name,
            scope: scope.to_owned(),
        };
        if !subresource.is_empty() {
            return vec![resource(format!("*/{subresource}"))];
        }
        let mut found = vec![resource("*".to_owned())];
        if group == "*" && (version == "*" || version == "v1") {
            found.push(resource(EPHEMERAL.to_owned()));
        }
        return found;
    }
    let served = kinds.selected(selector);
    let fits = |served: &&Served| !namespaced || served.namespaced;
    let mut found = Vec::new();
    for served in served.into_iter().filter(fits) {
        let resource = |name: String| Resource {
            group: served.group.clone(),
            version: served.version.clone(),
            name,
            scope: match served.namespaced {
                true => "Namespaced".to_owned(),
                false => "*".to_owned(),
            },
        };
        match &served.subresource {
            Some(part) => found.push(resource(format!("{}/{part}", served.plural))),
            None => {
                let is_pod = (served.group.as_str(), served.plural.as_str()) == ("", "pods");
                found.extend(is_pod.then(|| resource(EPHEMERAL.to_owned())));
                found.push(resource(served.plural.clone()));
            }
        }
    }
    found
}

/// Containers that come to a Pod later, by a subresource of their own: rules about Pods are about them.
const EPHEMERAL: &str = "pods/ephemeralcontainers";
