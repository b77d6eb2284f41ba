//! One policy as the scan sees it.
//!
//! Comes in:  a policy, and what goes with it: exceptions, bindings.
//! Goes out:  a [`Judge`]: what it is about, what its results are called, whether it has changed.
//! Never here: evaluating it (see `evaluate`).

use std::sync::Arc;

use portcullis_engine::doc::{AnyPolicy, Body, Constraints, Filters, Mode, ResourceRule, Rule};
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::to_json;

use super::known::hash_of;
use crate::cluster::kinds::Served;
use crate::reports::{Author, Entry, Judged, PATCHED_TARGET};

/// A policy that is evaluated in scans.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) policy: AnyPolicy,
    pub(super) author: Author,
    /// The same as long as it is the same policy, whatever it says.
    pub(super) id: u64,
    /// Other where anything of it changed that its results may follow from.
    pub(super) version: u64,
    /// Do its results follow from the labels of namespaces?
    pub(super) asks_labels: bool,
    /// Which results of it a scan repeats.
    pub(super) repeats: Arc<Repeats>,
}

/// Knows which results a scan repeats.
#[derive(Debug)]
pub(super) struct Repeats {
    source: &'static str,
    policy: String,
    /// Rules that have a say only when somebody asks.
    others: Vec<String>,
}

impl Judged for Repeats {
    fn judges(&self, entry: &Entry) -> bool {
        entry.source == self.source
            && entry.policy == self.policy
            && !self.others.contains(&entry.rule)
            && !entry.properties.contains_key(PATCHED_TARGET)
    }
}

impl Judge {
    /// A policy that has a part in scans; `None` for others. `beside`: a number for everything else that
    /// its results follow from, such as its exceptions.
    pub(super) fn of(policy: AnyPolicy, beside: u64) -> Option<Judge> {
        let background = match &policy {
            AnyPolicy::Rules(policy) => {
                policy.settings().background && policy.rules().iter().any(is_scanned)
            }
            AnyPolicy::Validating(policy) => policy.background && policy.mode == Mode::Kubernetes,
            AnyPolicy::Mutating(policy) => {
                policy.background && policy.mode == Mode::Kubernetes && policy.targets.is_none()
            }
            AnyPolicy::Admission(_) => true,
            _ => false,
        };
        let author = Author::of(&policy);
        if !background || author.is_silent() {
            return None;
        }
        let others = match policy.as_rules() {
            Some(rules) => {
                let others = rules.rules().iter().filter(|rule| !is_scanned(rule));
                others.map(|rule| rule.name.clone()).collect()
            }
            None => Vec::new(),
        };
        let (source, name) = (author.source(), author.policy().to_owned());
        Some(Judge {
            id: id(source, &name),
            version: hash_of(&(content(&policy), beside)),
            asks_labels: asks_labels(&policy),
            repeats: Arc::new(Repeats {
                source,
                policy: name,
                others,
            }),
            author,
            policy,
        })
    }

    /// May it have anything to say of objects of this resource?
    pub(super) fn covers(&self, served: &Served) -> bool {
        if served.subresource.is_some() {
            return false;
        }
        let namespaced = self.policy.id().kind.is_namespaced();
        if namespaced && !served.namespaced {
            return false;
        }
        let any = |constraints: &Constraints| {
            let mut rules = constraints.rules.iter();
            rules.any(|rule| names_resource(rule, served))
        };
        match &self.policy {
            AnyPolicy::Rules(policy) => {
                let mut rules = policy.rules().iter().filter(|rule| is_scanned(rule));
                rules.any(|rule| names_kind(&rule.matches, served))
            }
            AnyPolicy::Validating(policy) => {
                let mut constraints = policy.variants.iter().flat_map(|one| &one.constraints);
                constraints.any(any)
            }
            AnyPolicy::Mutating(policy) => {
                let mut constraints = policy.variants.iter().flat_map(|one| &one.constraints);
                constraints.any(any)
            }
            AnyPolicy::Admission(policy) => policy.constraints.as_ref().is_some_and(any),
            _ => false,
        }
    }

    /// May it have anything to say of objects of this namespace?
    pub(super) fn reaches(&self, namespace: &str) -> bool {
        let id = self.policy.id();
        !id.kind.is_namespaced() || id.namespace == namespace
    }
}

/// What tells a policy's results from those of others.
pub(super) fn id(source: &str, policy: &str) -> u64 {
    hash_of(&(source, policy))
}

/// Does a rule say yes or no about objects as they are?
fn is_scanned(rule: &Rule) -> bool {
    matches!(rule.body, Body::Validate(_) | Body::VerifyImages(_)) && is_about_creation(rule)
}

/// A scan looks at an object as if it were being made.
fn is_about_creation(rule: &Rule) -> bool {
    let create = |operations: &[String]| {
        operations.is_empty() || operations.iter().any(|one| one == "CREATE")
    };
    let mut filters = rule.matches.filters();
    filters.any(|filter| create(&filter.operations))
}

fn names_kind(filters: &Filters, served: &Served) -> bool {
    let fits = |pattern: &str, text: &str| wildcard::matches(pattern, text);
    let mut kinds = filters.filters().flat_map(|filter| &filter.kinds);
    kinds.any(|selector| {
        (selector.subresource.is_empty() || selector.subresource == "*")
            && fits(&selector.group, &served.group)
            && fits(&selector.version, &served.version)
            && fits(&selector.kind, &served.kind)
    })
}

/// A scan looks at an object as if it were being made.
fn names_resource(rule: &ResourceRule, served: &Served) -> bool {
    served.is_named_by(rule) && rule.names_operation("CREATE")
}

/// Everything of the document that its author wrote.
fn content(policy: &AnyPolicy) -> u64 {
    let root = policy.document().root();
    let part = |path: &[&str]| root.at(path).map(to_json);
    hash_of(&(
        part(&["apiVersion"]),
        part(&["metadata", "labels"]),
        part(&["metadata", "annotations"]),
        part(&["spec"]),
    ))
}

fn asks_labels(policy: &AnyPolicy) -> bool {
    let filters = |filters: &Filters| {
        let mut filters = filters.filters();
        filters.any(|filter| filter.namespace_selector.is_some())
    };
    let selects = |constraints: &Constraints| constraints.namespace_selector.is_some();
    match policy {
        AnyPolicy::Rules(policy) => {
            let mut rules = policy.rules().iter();
            rules.any(|rule| filters(&rule.matches) || filters(&rule.excludes))
        }
        AnyPolicy::Validating(policy) => {
            let mut constraints = policy.variants.iter().flat_map(|one| &one.constraints);
            constraints.any(selects)
        }
        AnyPolicy::Mutating(policy) => {
            let mut constraints = policy.variants.iter().flat_map(|one| &one.constraints);
            constraints.any(selects)
        }
        // A binding may look at them too, and an expression at the namespace itself.
        AnyPolicy::Admission(_) => true,
        _ => false,
    }
}
