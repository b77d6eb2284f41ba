//! `match` and `exclude`: does a rule speak about this review?
//!
//! Comes in:  a rule's filters, and what is known about the request.
//! Goes out:  yes or no.
//! Never here: preconditions (they are evaluated later, and a false one is a skip, not silence).

use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Map, Span, Value};

use crate::doc::{Filter, Filters, KindSelector, LabelSelector, Rule, Subject, SubjectKind};
use crate::review::{Operation, ResourceKind, Review, UserInfo};
use crate::trace::Trace;

/// What filters look at, found once for all of them.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// `metadata.name`, or `metadata.generateName` where that is empty.
    name: &'a str,
    /// `metadata.namespace`.
    namespace: &'a str,
    labels: Map<'a>,
    annotations: Map<'a>,
    /// Its kind, and the subresource that the request addresses.
    kind: ResourceKind<'a>,
    /// What is done to it.
    operation: Operation,
    /// Who does it.
    user: UserInfo<'a>,
    /// Is nothing known of who does it?
    anonymous: bool,
    /// Labels of its namespace, where they are known.
    namespace_labels: Option<Map<'a>>,
}

impl<'a> Target<'a> {
    /// What filters look at in a review: the new object, or the old one where there is no new one.
    pub fn of(review: &Review<'a>) -> Target<'a> {
        let metadata = review.resource().get("metadata").and_then(Value::as_map);
        let [
            mut name,
            mut generated,
            mut namespace,
            mut labels,
            mut annotations,
        ] = [Value::Null; 5];
        for (key, value) in metadata.unwrap_or_default() {
            match key {
                "name" => name = value,
                "generateName" => generated = value,
                "namespace" => namespace = value,
                "labels" => labels = value,
                "annotations" => annotations = value,
                _ => {}
            }
        }
        let name = match name.as_str().unwrap_or_default() {
            "" => generated.as_str().unwrap_or_default(),
            name => name,
        };
        Target {
            name,
            namespace: namespace.as_str().unwrap_or_default(),
            labels: labels.as_map().unwrap_or_default(),
            annotations: annotations.as_map().unwrap_or_default(),
            kind: review.kind,
            operation: review.operation,
            user: review.user,
            anonymous: review.user.is_empty(),
            namespace_labels: review.namespace_labels,
        }
    }

    /// `metadata.namespace`; empty where there is none.
    pub(crate) fn metadata_namespace(&self) -> &'a str {
        self.namespace
    }

    pub(crate) fn is_namespace(&self) -> bool {
        self.kind.kind == "Namespace"
    }

    /// The namespace that `namespaces` looks at: a Namespace is judged by its own name.
    fn namespace(&self) -> &'a str {
        if self.is_namespace() {
            self.name
        } else {
            self.namespace
        }
    }
}

/// Does `rule` speak about `target`?
pub fn applies(rule: &Rule, target: &Target<'_>) -> bool {
    matches(&rule.matches, target) && !excludes(&rule.excludes, target)
}

/// Could `rule` speak about `target`, whatever labels its namespace has?
pub(crate) fn may_apply(rule: &Rule, target: &Target<'_>) -> bool {
    let anonymous = target.anonymous;
    let counted = Counted {
        namespace_selector: false,
        ..Counted::ALL
    };
    let matches = combine(&rule.matches, |filter| {
        let about_users = !anonymous && filter.names_users();
        (about_users || filter.states_resource())
            && misfit_of(filter, target, counted).is_none()
            && (anonymous || fits_user(filter, &target.user))
    });
    let excluded = combine(&rule.excludes, |filter| {
        filter.namespace_selector.is_none()
            && !filter.is_empty()
            && fits_resource(filter, target)
            && fits_user(filter, &target.user)
    });
    matches && !excluded
}

/// Does a `match` block fit?
///
/// Where nothing is known about the user, what the block says about users does not count.
pub fn matches(filters: &Filters, target: &Target<'_>) -> bool {
    let anonymous = target.anonymous;
    let fits = |filter: &Filter| {
        let about_users = !anonymous && filter.names_users();
        let states_anything = about_users || filter.states_resource();
        states_anything
            && fits_resource(filter, target)
            && (anonymous || fits_user(filter, &target.user))
    };
    combine(filters, fits)
}

/// Does an `exclude` block fit?
pub fn excludes(filters: &Filters, target: &Target<'_>) -> bool {
    combine(filters, |filter| {
        !filter.is_empty() && fits_resource(filter, target) && fits_user(filter, &target.user)
    })
}

/// Does an exception's `match` block fit? Operations do not count, users are taken literally, and a
/// Namespace is not asked for its namespace's labels.
pub fn matches_exception(filters: &Filters, target: &Target<'_>) -> bool {
    let counted = Counted {
        operations: false,
        namespace_selector: !target.is_namespace(),
    };
    combine(filters, |filter| {
        states_anything(filter, counted)
            && misfit_of(filter, target, counted).is_none()
            && fits_user(filter, &target.user)
    })
}

/// Which of the criteria count that do not count for everybody.
#[derive(Clone, Copy)]
struct Counted {
    operations: bool,
    namespace_selector: bool,
}

impl Counted {
    const ALL: Counted = Counted {
        operations: true,
        namespace_selector: true,
    };
}

/// Is a filter more than empty, if only what counts is looked at?
fn states_anything(filter: &Filter, counted: Counted) -> bool {
    let Filter {
        kinds,
        name,
        names,
        namespaces,
        annotations,
        selector,
        namespace_selector,
        operations,
        ..
    } = filter;
    let of_resource = !(kinds.is_empty()
        && name.is_empty()
        && names.is_empty()
        && namespaces.is_empty()
        && annotations.is_empty()
        && selector.is_none());
    of_resource
        || (counted.namespace_selector && namespace_selector.is_some())
        || (counted.operations && !operations.is_empty())
        || filter.names_users()
}

fn combine(filters: &Filters, fits: impl Fn(&Filter) -> bool) -> bool {
    if !filters.any.is_empty() {
        filters.any.iter().any(fits)
    } else if !filters.all.is_empty() {
        filters.all.iter().all(fits)
    } else {
        fits(&filters.direct)
    }
}

fn fits_resource(filter: &Filter, target: &Target<'_>) -> bool {
    misfit(filter, target).is_none()
}

/// The first criterion about the resource that does not hold.
fn misfit(filter: &Filter, target: &Target<'_>) -> Option<&'static str> {
    misfit_of(filter, target, Counted::ALL)
}

fn misfit_of(filter: &Filter, target: &Target<'_>, counted: Counted) -> Option<&'static str> {
    let some = |wildcards: &[String], text: &str| {
        wildcards.is_empty()
            || wildcards
                .iter()
                .any(|pattern| wildcard::matches(pattern, text))
    };
    let operation = target.operation.as_str();
    let namespace_labels = || target.namespace_labels.unwrap_or(Map::EMPTY);
    let (operations, kinds) = (&filter.operations, &filter.kinds);
    if counted.operations
        && !operations.is_empty()
        && !operations.iter().any(|name| name == operation)
    {
        Some("operations")
    } else if !kinds.is_empty() && !kinds.iter().any(|kind| fits_kind(kind, &target.kind)) {
        Some("kinds")
    } else if !filter.name.is_empty() && !wildcard::matches(&filter.name, target.name) {
        Some("name")
    } else if !some(&filter.names, target.name) {
        Some("names")
    } else if !some(&filter.namespaces, target.namespace()) {
        Some("namespaces")
    } else if !fits_annotations(&filter.annotations, target.annotations) {
        Some("annotations")
    } else if filter
        .selector
        .as_ref()
        .is_some_and(|selector| !fits_labels(selector, target.labels))
    {
        Some("selector")
    } else if filter
        .namespace_selector
        .as_ref()
        .filter(|_| counted.namespace_selector)
        .is_some_and(|selector| target.is_namespace() || !fits_labels(selector, namespace_labels()))
    {
        Some("namespaceSelector")
    } else {
        None
    }
}

/// Notes of a block what fits, or which criterion of each filter does not.
pub(super) fn note(
    trace: &Trace,
    what: &'static str,
    filters: &Filters,
    at: Span,
    holds: bool,
    target: &Target<'_>,
) {
    let reasons: Vec<String> = filters
        .filters()
        .enumerate()
        .filter(|(_, filter)| !filter.is_empty())
        .map(|(index, filter)| match misfit(filter, target) {
            Some(criterion) => format!("filter {index}: `{criterion}` does not fit"),
            None if !fits_user(filter, &target.user) => {
                format!("filter {index}: the user does not fit")
            }
            None => format!("filter {index} fits"),
        })
        .collect();
    trace.note(what, at, Some(holds), reasons.join("; "));
}

/// Does a selector name this kind? A Pod's selector also covers its ephemeral containers.
pub fn fits_kind(selector: &KindSelector, kind: &ResourceKind<'_>) -> bool {
    wildcard::matches(&selector.group, kind.group)
        && wildcard::matches(&selector.version, kind.version)
        && wildcard::matches(&selector.kind, kind.kind)
        && (wildcard::matches(&selector.subresource, kind.subresource)
            || (selector.subresource.is_empty()
                && (kind.group, kind.version, kind.kind, kind.subresource)
                    == ("", "v1", "Pod", "ephemeralcontainers")))
}

fn fits_annotations(expected: &[(String, String)], actual: Map<'_>) -> bool {
    expected
        .iter()
        .all(|(key, value)| find(actual, key, value).is_some())
}

/// The first pair that fits both wildcards.
fn find<'a>(labels: Map<'a>, key: &str, value: &str) -> Option<(&'a str, &'a str)> {
    labels.iter().find_map(|(name, text)| {
        let text = text.as_str()?;
        (wildcard::matches(key, name) && wildcard::matches(value, text)).then_some((name, text))
    })
}

/// Does a label selector hold? Wildcards count in `matchLabels` only; a selector that says nothing
/// holds for everything.
pub fn fits_labels(selector: &LabelSelector, labels: Map<'_>) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    selector
        .match_labels
        .iter()
        .all(|(key, value)| find(labels, key, value).is_some())
        && selector
            .match_expressions
            .iter()
            .all(|requirement| requirement.holds(label(&requirement.key)))
}

fn fits_user(filter: &Filter, user: &UserInfo<'_>) -> bool {
    let shares = |stated: &[String], actual: &[&str]| {
        stated.is_empty() || stated.iter().any(|name| actual.contains(&name.as_str()))
    };
    shares(&filter.roles, user.roles)
        && shares(&filter.cluster_roles, user.cluster_roles)
        && (filter.subjects.is_empty()
            || filter
                .subjects
                .iter()
                .any(|subject| is_subject(subject, user)))
}

fn is_subject(subject: &Subject, user: &UserInfo<'_>) -> bool {
    match subject.kind {
        SubjectKind::User => wildcard::matches(&subject.name, user.username()),
        SubjectKind::Group => user
            .groups()
            .any(|group| wildcard::matches(&subject.name, group)),
        SubjectKind::ServiceAccount => user
            .username()
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'))
            .is_some_and(|(namespace, name)| {
                namespace == subject.namespace && wildcard::matches(&subject.name, name)
            }),
        SubjectKind::Unknown => false,
    }
}
