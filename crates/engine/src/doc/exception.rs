//! `PolicyException`: what is let off from which rules.

use std::sync::Arc;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::time::Time;
use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Document, Item, Numbers, yaml};

use super::fields::Fields;
use super::filter::Filters;
use super::pod_security::{Exclude, Level};
use super::policy::Policy;
use super::{Broken, Cause};
use crate::check;

/// A `kyverno.io` PolicyException.
#[derive(Debug)]
pub struct Exception {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which requests it is about; `operations` do not count.
    pub matches: Filters,
    /// Further conditions, as written.
    pub conditions: Option<Document>,
    /// Which rules it lets off.
    pub rules: Vec<ExemptRules>,
    /// Pod security controls that it lets off; empty for the whole rule.
    pub pod_security: Vec<Exclude>,
    /// Does it count in background scans?
    pub background: bool,
    document: Document,
    /// When it ends, in nanoseconds since 1970: the annotation `polex.kyverno.io/expires-at`.
    pub expires_at: Option<i128>,
}

/// States when an exception from rules ends; exceptions from policies have a field for it.
const EXPIRES_AT: &str = "polex.kyverno.io/expires-at";

/// Rules of one policy.
#[derive(Clone, Debug)]
pub struct ExemptRules {
    /// `name`, or `namespace/name` for a Policy.
    pub policy: String,
    /// Wildcards on rule names, autogen's included.
    pub rules: Vec<String>,
}

impl Exception {
    /// Reads every PolicyException of a YAML text. Documents of other kinds are left out.
    pub fn read(text: &str) -> Vec<Result<Arc<Exception>, Broken>> {
        yaml::read(text, Numbers::AsWritten)
            .into_iter()
            .filter_map(|document| match document {
                Ok(document) => Exception::read_document(&document),
                Err(error) => Some(Err(Broken::not_yaml(error))),
            })
            .collect()
    }

    /// Reads one document; `None` where it is no exception.
    pub fn read_document(document: &Document) -> Option<Result<Arc<Exception>, Broken>> {
        let root = document.root();
        let known = matches!(
            root.text("apiVersion"),
            "kyverno.io/v2" | "kyverno.io/v2beta1" | "kyverno.io/v2alpha1"
        );
        if !known || root.text("kind") != "PolicyException" {
            return None;
        }
        let mut diagnostics = Vec::new();
        let mut fields = Fields::open(document.item(), "exception", &mut diagnostics);
        fields.ignore(&["apiVersion", "kind", "metadata", "status"]);
        let metadata = root.get("metadata").unwrap_or_default();
        let annotations = metadata.get("annotations").unwrap_or_default();
        let expires_at = match annotations.text(EXPIRES_AT) {
            "" => None,
            stated => match Time::parse_rfc3339(stated) {
                Ok(end) => Some(end.unix_nanos()),
                Err(_) => {
                    let message =
                        "`polex.kyverno.io/expires-at` is a time such as `2030-01-31T12:00:00Z`";
                    let at = document.item().span();
                    let finding = Diagnostic::error("wrong-type", message, at);
                    fields.diagnostics().push(finding);
                    None
                }
            },
        };
        let exception = fields.map("spec", |spec| Exception {
            namespace: match metadata.text("namespace") {
                "" => "default".to_owned(),
                namespace => namespace.to_owned(),
            },
            name: metadata.text("name").to_owned(),
            matches: Filters::read(spec, "match"),
            conditions: spec.item("conditions").map(Item::to_document),
            rules: spec.each("exceptions", |entry| ExemptRules {
                policy: entry.string("policyName"),
                rules: entry.texts("ruleNames"),
            }),
            pod_security: Exclude::read_all(spec, "podSecurity"),
            background: spec.flag("background").unwrap_or(true),
            document: document.clone(),
            expires_at,
        });
        fields.close();
        Some(match exception {
            Some(exception) if diagnostics.is_empty() => Ok(Arc::new(exception)),
            _ => Err(Broken {
                id: None,
                cause: Cause::Schema,
                diagnostics,
            }),
        })
    }

    /// Everything for which Kyverno's policy webhook would refuse it. Its command line does not look.
    pub fn check(&self) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        if self.background {
            check::exception_senders(self.document.item(), &mut found);
        }
        for (index, exclude) in self.pod_security.iter().enumerate() {
            let place = format!("spec.podSecurity[{index}]");
            exclude.check(&place, Level::Unstated, &mut found);
        }
        found
    }

    /// Does it name this rule of this policy?
    pub fn names(&self, policy: &Policy, rule: &str) -> bool {
        let id = policy.id();
        self.rules.iter().any(|entry| {
            let same = match id.kind {
                kind if !kind.is_namespaced() => entry.policy == id.name,
                _ => {
                    entry.policy.split_once('/') == Some((id.namespace.as_str(), id.name.as_str()))
                }
            };
            same && entry
                .rules
                .iter()
                .any(|pattern| wildcard::matches(pattern, rule))
        })
    }

    /// `namespace/name`.
    pub fn key(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }
}
