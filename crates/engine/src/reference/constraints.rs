//! Does a policy of the API server's form speak about a review?

use bumpalo::Bump;
use portcullis_lang::value::{Map, Value};

use crate::doc::{Constraints, LabelSelector, ResourceRule};
use crate::review::{Review, plural};

/// The label that says a namespace's name.
const NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// What is known of a namespace whose labels nobody stated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unstated {
    /// The label that the API server gives every namespace: its name.
    Name,
    /// Nothing.
    Nothing,
}

/// Do the constraints fit?
pub(super) fn fits(
    constraints: &Constraints,
    review: &Review<'_>,
    unstated: Unstated,
    bump: &Bump,
) -> bool {
    misfit(constraints, review, unstated, bump).is_none()
}

/// Do the constraints fit, their operations left aside?
pub(super) fn fits_whatever_operation(
    constraints: &Constraints,
    review: &Review<'_>,
    unstated: Unstated,
    bump: &Bump,
) -> bool {
    misfit_of(constraints, review, unstated, bump, None).is_none()
}

/// Does it take the labels of the namespace to tell whether they fit?
pub(super) fn asks_labels(constraints: &Constraints, review: &Review<'_>) -> bool {
    let operation = Some(review.operation.as_str());
    let rule = |rule: &ResourceRule| fits_rule(rule, review, sent_resource(review), operation);
    constraints.namespace_selector.is_some()
        && (constraints.rules.is_empty() || constraints.rules.iter().any(rule))
}

/// The resource as the API server names it, where it was one that asked.
pub(crate) fn sent_resource<'v>(review: &Review<'v>) -> Option<&'v str> {
    match review.request.at(&["resource", "resource"]) {
        Some(Value::Str(sent)) if review.admission => Some(sent),
        _ => None,
    }
}

/// The first part of the constraints that does not fit, by its name; `None` where they all do.
pub(super) fn misfit(
    constraints: &Constraints,
    review: &Review<'_>,
    unstated: Unstated,
    bump: &Bump,
) -> Option<&'static str> {
    let operation = Some(review.operation.as_str());
    misfit_of(constraints, review, unstated, bump, operation)
}

/// The resource that a review is about: as the API server names it, or as its kind is in the plural.
pub(crate) fn resource_of<'v>(review: &Review<'v>, bump: &'v Bump) -> &'v str {
    sent_resource(review).unwrap_or_else(|| plural(review.kind.kind, bump))
}

/// [`fits`] for the resource that [`resource_of`] named, with what every namespace is labelled with.
pub(crate) fn fits_resource(
    constraints: &Constraints,
    review: &Review<'_>,
    resource: &str,
) -> bool {
    let operation = Some(review.operation.as_str());
    misfit_as(constraints, review, Unstated::Name, resource, operation).is_none()
}

fn misfit_of(
    constraints: &Constraints,
    review: &Review<'_>,
    unstated: Unstated,
    bump: &Bump,
    operation: Option<&str>,
) -> Option<&'static str> {
    misfit_as(
        constraints,
        review,
        unstated,
        resource_of(review, bump),
        operation,
    )
}

fn misfit_as(
    constraints: &Constraints,
    review: &Review<'_>,
    unstated: Unstated,
    resource: &str,
    operation: Option<&str>,
) -> Option<&'static str> {
    let rule = |rule: &ResourceRule| fits_rule(rule, review, Some(resource), operation);
    if !namespace_fits(constraints, review, unstated) {
        Some("namespaceSelector")
    } else if !objects_fit(constraints, review) {
        Some("objectSelector")
    } else if constraints.excludes.iter().any(rule) {
        Some("excludeResourceRules")
    } else if !constraints.rules.is_empty() && !constraints.rules.iter().any(rule) {
        Some("resourceRules")
    } else {
        None
    }
}

/// `resource`, `operation`: `None` where it does not count.
fn fits_rule(
    rule: &ResourceRule,
    review: &Review<'_>,
    resource: Option<&str>,
    operation: Option<&str>,
) -> bool {
    let scope = match rule.scope.as_str() {
        "Cluster" => is_cluster_scoped(review),
        "Namespaced" => !is_cluster_scoped(review),
        _ => true,
    };
    scope
        && rule.names_version(review.kind.group, review.kind.version)
        && operation.is_none_or(|operation| rule.names_operation(operation))
        && names(rule, review)
        && resource.is_none_or(|resource| rule.names_resource(resource, review.kind.subresource))
}

fn names(rule: &ResourceRule, review: &Review<'_>) -> bool {
    let metadata = review.resource().get("metadata").unwrap_or_default();
    let generated = metadata.text("generateName");
    rule.names.is_empty()
        || match metadata.text("name") {
            "" => rule.names.iter().any(|name| generated.starts_with(name)),
            own => rule.names.iter().any(|name| name == own),
        }
}

/// A Namespace is judged as an object without namespace.
fn is_cluster_scoped(review: &Review<'_>) -> bool {
    review.namespace.is_empty() || review.kind.kind == "Namespace"
}

fn namespace_fits(constraints: &Constraints, review: &Review<'_>, unstated: Unstated) -> bool {
    let Some(selector) = &constraints.namespace_selector else {
        return true;
    };
    if review.kind.kind == "Namespace" && review.kind.group.is_empty() {
        return selects(selector, review.resource());
    }
    if review.namespace.is_empty() {
        return true;
    }
    let known = review.namespace_labels.unwrap_or(Map::EMPTY);
    let name = Value::Str(review.namespace);
    match known.is_empty() && unstated == Unstated::Name {
        true => selects_pairs(selector, &|key| (key == NAME_LABEL).then_some(name)),
        false => selects_pairs(selector, &|key| known.get(key)),
    }
}

fn objects_fit(constraints: &Constraints, review: &Review<'_>) -> bool {
    let Some(selector) = &constraints.object_selector else {
        return true;
    };
    let objects = [review.object, review.old_object];
    objects
        .into_iter()
        .flatten()
        .any(|object| selects(selector, object))
}

fn labels(object: Value<'_>) -> Map<'_> {
    let labels = object.at(&["metadata", "labels"]);
    labels.and_then(Value::as_map).unwrap_or(Map::EMPTY)
}

/// Does the selector hold for the labels of the object?
pub(super) fn selects(selector: &LabelSelector, object: Value<'_>) -> bool {
    let labels = labels(object);
    selects_pairs(selector, &|key| labels.get(key))
}

/// As Kubernetes reads selectors: to the letter, without wildcards.
fn selects_pairs<'v>(selector: &LabelSelector, label: &dyn Fn(&str) -> Option<Value<'v>>) -> bool {
    let label = |key: &str| label(key).and_then(Value::as_str);
    let all = |(key, value): &(String, String)| label(key) == Some(value.as_str());
    selector.match_labels.iter().all(all)
        && selector
            .match_expressions
            .iter()
            .all(|requirement| requirement.holds(label(&requirement.key)))
}
