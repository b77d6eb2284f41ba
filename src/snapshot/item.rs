//! What a file can put in force: policies, and exceptions from them.
//!
//! Comes in:  the text of a file.
//! Goes out:  an [`Item`] or what is wrong, for each document of those kinds.
//! Never here: files, what stays in force.

use std::fmt;
use std::sync::Arc;

use portcullis_engine::doc::cel::CelException;
use portcullis_engine::doc::{
    self, AnyPolicy, Body, Exception, FailurePolicy, GeneratingPolicy, MutatingPolicy, Policy,
    PolicyId, PolicyKind, ValidatingPolicy,
};
use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Numbers, Span, to_json, yaml};

/// One document that can be in force. Cloning it shares it.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// A policy.
    Policy(Arc<Policy>),
    /// A ValidatingPolicy: CEL.
    Validating(Arc<ValidatingPolicy>),
    /// A MutatingPolicy: CEL that changes objects.
    Mutating(Arc<MutatingPolicy>),
    /// A GeneratingPolicy: CEL that makes objects.
    Generating(Arc<GeneratingPolicy>),
    /// A PolicyException from rules.
    Exception(Arc<Exception>),
    /// A PolicyException from policies written in CEL.
    CelException(Arc<CelException>),
    /// A policy that the gate has no part in: other processes of an installation carry it out.
    Other(AnyPolicy),
}

/// What tells one item from another.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct Key {
    pub(super) kind: Kind,
    /// Empty where the kind has none.
    pub(super) namespace: String,
    pub(super) name: String,
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Kind {
    Policy(PolicyKind),
    Exception,
    CelException,
}

/// A document that cannot be used.
#[derive(Clone, Debug)]
pub(super) struct Broken {
    /// What it is, where that much could be read.
    pub(super) key: Option<Key>,
    /// Everything that is wrong with it; never empty.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads every document of `text` that a gate by itself can put in force. Documents of other kinds are
/// left out.
pub(super) fn read(text: &str) -> Vec<Result<Item, Broken>> {
    let other = |policy: AnyPolicy| match policy {
        // The API server evaluates its own.
        AnyPolicy::Admission(_) => None,
        other => {
            let finding = Diagnostic::error("not-in-gate", NOT_IN_GATE, Span::default());
            Some(Err(unsupported(other.id(), finding)))
        }
    };
    read_each(text, other)
}

/// [`read`] for a gate that is part of an installation, where other processes carry the rest out.
pub(super) fn read_all(text: &str) -> Vec<Result<Item, Broken>> {
    read_each(text, |policy| Some(Ok(Item::Other(policy))))
}

fn read_each(
    text: &str,
    other: fn(AnyPolicy) -> Option<Result<Item, Broken>>,
) -> Vec<Result<Item, Broken>> {
    let read = |document| match document {
        Ok(document) => read_document(document, other),
        Err(yaml::YamlError { message, at }) => Some(Err(Broken {
            key: None,
            diagnostics: vec![Diagnostic::error("invalid-yaml", message, at)],
        })),
    };
    // Places were known by the document; the text says where in it the words stand.
    let narrowed = |broken: Broken| Broken {
        diagnostics: broken
            .diagnostics
            .into_iter()
            .map(|finding| finding.narrowed(text))
            .collect(),
        ..broken
    };
    let documents = yaml::read(text, Numbers::AsWritten);
    let read = documents.into_iter().filter_map(read);
    read.map(|read| read.map_err(narrowed)).collect()
}

fn read_document(
    document: Document,
    other: fn(AnyPolicy) -> Option<Result<Item, Broken>>,
) -> Option<Result<Item, Broken>> {
    let metadata = document.root().get("metadata").unwrap_or_default();
    let key = |kind| Key::exception(kind, metadata.text("namespace"), metadata.text("name"));
    let broken = |kind, broken: doc::Broken| Broken {
        key: key(kind).named(),
        diagnostics: broken.diagnostics,
    };
    if let Some(read) = Exception::read_document(&document) {
        let read = read.map(Item::Exception);
        return Some(read.map_err(|error| broken(Kind::Exception, error)));
    }
    if let Some(read) = CelException::read_document(&document) {
        let read = read.map(Item::CelException);
        return Some(read.map_err(|error| broken(Kind::CelException, error)));
    }
    Some(match doc::read_any_document(document)? {
        Ok(AnyPolicy::Rules(policy)) => Ok(Item::Policy(policy)),
        Ok(AnyPolicy::Validating(policy)) if !policy.mode.is_authorization() => {
            match policy.broken() {
                None => Ok(Item::Validating(policy)),
                Some(finding) => Err(unsupported(&policy.id, finding)),
            }
        }
        Ok(AnyPolicy::Mutating(policy)) => match policy.broken() {
            None => Ok(Item::Mutating(policy)),
            Some(finding) => Err(unsupported(&policy.id, finding)),
        },
        Ok(AnyPolicy::Generating(policy)) => match policy.broken() {
            None => Ok(Item::Generating(policy)),
            Some(finding) => Err(unsupported(&policy.id, finding)),
        },
        Ok(policy) => return other(policy),
        Err(broken) => Err(Broken {
            key: broken.id.as_ref().map(Key::policy).and_then(Key::named),
            diagnostics: broken.diagnostics,
        }),
    })
}

const NOT_IN_GATE: &str =
    "`serve` does not evaluate this kind of policy yet; `apply` and `test` do";
const GENERATES: &str = "nothing is made: only policies that are objects of a cluster are carried out, by \
                         `portcullis controllers`";
const TARGETS: &str = "existing objects are not changed: only policies that are objects of a cluster are \
                       carried out, by `portcullis controllers`";
const EXISTING: &str = "existing objects are not changed: `targetMatchConstraints` and \
                        `evaluation.mutateExisting` do something only in policies that are objects of a \
                        cluster, by `portcullis controllers`";
const IMAGES: &str = "images are not verified yet: a rule that would have to ask a registry is an \
                      error, which `failurePolicy` resolves";

fn unsupported(id: &PolicyId, finding: Diagnostic) -> Broken {
    Broken {
        key: Key::policy(id).named(),
        diagnostics: vec![finding],
    }
}

impl Item {
    pub(super) fn key(&self) -> Key {
        match self {
            Item::Policy(policy) => Key::policy(policy.id()),
            Item::Validating(policy) => Key::policy(&policy.id),
            Item::Mutating(policy) => Key::policy(&policy.id),
            Item::Generating(policy) => Key::policy(&policy.id),
            Item::Other(policy) => Key::policy(policy.id()),
            Item::Exception(exception) => {
                Key::exception(Kind::Exception, &exception.namespace, &exception.name)
            }
            Item::CelException(exception) => {
                Key::exception(Kind::CelException, &exception.namespace, &exception.name)
            }
        }
    }

    /// Whatever it says: what it cannot decide passes. Only for a reading that nobody shares yet.
    pub(super) fn fail_open(&mut self) {
        match self {
            Item::Policy(policy) => {
                if let Some(policy) = Arc::get_mut(policy) {
                    policy.fail_open();
                }
            }
            Item::Validating(policy) => {
                if let Some(policy) = Arc::get_mut(policy) {
                    policy.failure_policy = FailurePolicy::Ignore;
                    policy.states_failure_policy = true;
                }
            }
            Item::Mutating(policy) => {
                if let Some(policy) = Arc::get_mut(policy) {
                    policy.failure_policy = FailurePolicy::Ignore;
                    policy.states_failure_policy = true;
                }
            }
            _ => {}
        }
    }

    /// Rules that it puts in force.
    pub(super) fn rules(&self) -> usize {
        match self {
            Item::Policy(policy) => policy.rules().len(),
            Item::Validating(_) | Item::Mutating(_) | Item::Generating(_) => 1,
            Item::Exception(_) | Item::CelException(_) | Item::Other(_) => 0,
        }
    }

    /// What it asks for that this gate does not do, and what happens instead. `installed`: does it come
    /// from a cluster, where controllers carry the rest out?
    pub(super) fn notes(&self, installed: bool) -> Vec<&'static str> {
        let policy = match self {
            Item::Policy(policy) => policy,
            Item::Mutating(policy) if policy.existing || policy.targets.is_some() => {
                let notes = (!installed).then_some(EXISTING);
                return notes.into_iter().collect();
            }
            Item::Generating(_) if !installed => return vec![GENERATES],
            _ => return Vec::new(),
        };
        let rules = policy.rules().iter();
        let any = |is: fn(&Body) -> bool| rules.clone().any(|rule| is(&rule.body));
        let notes = [
            (
                !installed && any(|body| matches!(body, Body::Generate(_))),
                GENERATES,
            ),
            (
                !installed
                    && any(|body| matches!(body, Body::Mutate(mutate) if mutate.is_existing())),
                TARGETS,
            ),
            (any(|body| matches!(body, Body::VerifyImages(_))), IMAGES),
        ];
        let notes = notes.into_iter().filter(|(applies, _)| *applies);
        notes.map(|(_, note)| note).collect()
    }

    /// May its outcome depend on the roles of users? It may say so in error, never miss it.
    pub(crate) fn speaks_of_roles(&self) -> bool {
        let document = match self {
            Item::Policy(policy) => policy.document(),
            _ => return false,
        };
        let text = to_json(document.root());
        let words = [
            "\"roles\"",
            "\"clusterRoles\"",
            "request.roles",
            "request.clusterRoles",
        ];
        words.iter().any(|word| text.contains(word))
    }

    /// Is it the very same reading of a document?
    pub(super) fn is(&self, other: &Item) -> bool {
        match (self, other) {
            (Item::Policy(a), Item::Policy(b)) => Arc::ptr_eq(a, b),
            (Item::Validating(a), Item::Validating(b)) => Arc::ptr_eq(a, b),
            (Item::Mutating(a), Item::Mutating(b)) => Arc::ptr_eq(a, b),
            (Item::Generating(a), Item::Generating(b)) => Arc::ptr_eq(a, b),
            (Item::Exception(a), Item::Exception(b)) => Arc::ptr_eq(a, b),
            (Item::CelException(a), Item::CelException(b)) => Arc::ptr_eq(a, b),
            (Item::Other(a), Item::Other(b)) => a.is(b),
            _ => false,
        }
    }
}

impl Key {
    pub(super) fn policy(id: &PolicyId) -> Key {
        Key {
            kind: Kind::Policy(id.kind),
            namespace: id.namespace.clone(),
            name: id.name.clone(),
        }
    }

    fn exception(kind: Kind, namespace: &str, name: &str) -> Key {
        let namespace = if namespace.is_empty() {
            "default"
        } else {
            namespace
        };
        Key {
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

    /// A key without a name tells nothing apart.
    fn named(self) -> Option<Key> {
        (!self.name.is_empty()).then_some(self)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Kind::Policy(kind) => kind.fmt(f),
            Kind::Exception | Kind::CelException => f.write_str("PolicyException"),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{}/{}", self.kind, self.name),
            namespace => write!(f, "{}/{namespace}/{}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn what_the_gate_does_not_evaluate_is_an_error_and_no_silence() {
        check("DeletingPolicy", "schedule: '@daily'", Some("not-in-gate"));
        check(
            "ValidatingPolicy",
            "evaluation: {mode: Envoy}",
            Some("not-in-gate"),
        );
        check(
            "ValidatingPolicy",
            "validations: [{expression: 'true'}]",
            None,
        );
        check(
            "ValidatingPolicy",
            "validations: [{expression: 'tru'}]",
            Some("invalid-cel"),
        );
        check("MutatingPolicy", "mutations: []", None);
        check("GeneratingPolicy", "generate: [{expression: 'true'}]", None);
        check(
            "GeneratingPolicy",
            "generate: [{expression: 'tru'}]",
            Some("invalid-cel"),
        );
        check(
            "MutatingPolicy",
            "mutations: [{patchType: JSONPatch, jsonPatch: {expression: 'tru'}}]",
            Some("invalid-cel"),
        );
        check(
            "PolicyException",
            "policyRefs: [{name: p, kind: ValidatingPolicy}]",
            None,
        );
        check("PolicyException", "policyRefs: []", Some("no-policy-refs"));
    }

    #[test]
    fn what_is_wrong_in_an_expression_is_found_where_it_stands() {
        let of = |spec: &str| {
            let text = format!(
                "apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {{name: p}}\nspec:\n  \
                 matchConstraints: {{resourceRules: []}}\n  {spec}\n"
            );
            let broken = read(&text).remove(0).unwrap_err();
            let at = broken.diagnostics[0].at;
            text[at.start..at.end].to_owned()
        };
        let validations = "validations: [{expression: 'true'}, {expression: 'object.a == nope'}]";
        assert_eq!(of(validations), "nope");
        assert_eq!(of("variables: [{name: v, expression: nope + 1}]"), "nope");
        assert_eq!(
            of("validations:\n  - expression: |\n      true &&\n      nope"),
            "nope"
        );
    }

    #[test]
    fn what_a_policy_asks_for_in_vain_is_noted() {
        let notes_of = |rule: &str, installed| {
            let text = format!(
                "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {{name: p}}\nspec:\n  \
                 validationFailureAction: Enforce\n  rules: [{{name: r, match: {{any: [{{resources: \
                 {{kinds: [Pod]}}}}]}}, {rule}}}]\n"
            );
            read(&text)[0].as_ref().unwrap().notes(installed)
        };
        let notes = |rule: &str| notes_of(rule, false);
        let data =
            "generate: {apiVersion: v1, kind: ConfigMap, name: c, namespace: team, data: {}}";
        assert_eq!(notes(data), [super::GENERATES]);
        assert!(notes_of(data, true).is_empty());
        let targets =
            "mutate: {targets: [{apiVersion: v1, kind: ConfigMap}], patchStrategicMerge: {a: b}}";
        assert_eq!(notes(targets), [super::TARGETS]);
        let images = "verifyImages: [{imageReferences: ['*']}]";
        assert_eq!(notes(images), [super::IMAGES]);
        assert!(notes("mutate: {patchStrategicMerge: {a: b}}").is_empty());
        assert!(notes("validate: {deny: {}}").is_empty());
    }

    #[track_caller]
    fn check(kind: &str, spec: &str, expect: Option<&str>) {
        let text = format!(
            "apiVersion: policies.kyverno.io/v1\nkind: {kind}\nmetadata: {{name: p}}\nspec:\n  {spec}\n"
        );
        let read = read(&text);
        let broken = read[0].as_ref().err().map(|broken| &broken.diagnostics);
        let code = broken
            .and_then(|found| found.first())
            .map(|finding| finding.code);
        assert_eq!(code, expect, "{broken:?}");
    }
}
