//! Policies as they are written: one file for each part of a policy document.
//!
//! Comes in:  YAML text.
//! Goes out:  [`Policy`], checked; or everything that is wrong with it, each finding at its place.
//! Never here: evaluation.
//!
//! ```text
//! text -> document -> fields -> Policy (declared rules) ─> check
//!                                 └─ autogen -> rules for Pod controllers
//! ```

mod admission;
mod any;
mod autogen;
mod binding;
pub mod cel;
mod cleanup;
mod constraints;
mod controllers;
mod deleting;
mod derived;
mod exception;
mod fields;
mod filter;
mod generate;
mod generating;
mod image_validating;
mod mutate;
mod mutating;
mod pod_security;
mod policy;
mod rule;
mod settings;
mod source;
mod validate;
mod validating;
mod verify_images;
mod webhook;

use std::sync::Arc;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::yaml::{self, YamlError};
use portcullis_lang::value::{Document, Numbers};

use crate::check;
use fields::UNSUPPORTED;

pub use admission::AdmissionPolicy;
pub use any::AnyPolicy;
pub use binding::Binding;
pub use cleanup::{CleanupPolicy, Propagation};
pub use constraints::{Constraints, ResourceRule};
pub use deleting::{DeletingCel, DeletingPolicy};
pub use derived::{Derived, derived};
pub use exception::{Exception, ExemptRules};
pub use filter::{Filter, Filters, KindSelector, LabelSelector, Requirement, Subject, SubjectKind};
pub use generate::{Generate, GenerateForeach, Pattern, Targets};
pub use generating::{Evaluation, GeneratingPolicy};
pub use image_validating::ImageValidatingPolicy;
pub use mutate::{Mutate, MutateForeach, Order, Patch, Target};
pub use mutating::{MutatingPolicy, MutatingVariant, TargetMatch};
pub use pod_security::{Control, Exclude, Level, PodSecurity, Version};
pub use policy::{Policy, PolicyId, PolicyKind};
pub use rule::{Body, ContextEntry, Rule};
pub use settings::{Action, ActionOverride, ApplyRules, FailurePolicy, Settings};
pub use source::Source;
pub use validate::{Foreach, Validate, Validation};
pub use validating::{Mode, ValidatingPolicy, ValidationAction, Variant};
pub use verify_images::{ImageEntry, VerifyImages};
pub use webhook::OwnWebhook;

/// A policy document that cannot be used.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which policy it is, where that much could be read.
    pub id: Option<PolicyId>,
    /// What kept it out.
    pub cause: Cause,
    /// Everything that is wrong with it; never empty. The first is the reason that Kyverno gives.
    pub diagnostics: Vec<Diagnostic>,
}

/// What kept a policy out: who would have refused it in a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Cause {
    /// The text is no YAML.
    NotYaml,
    /// Its fields are not those of a policy: the API server would not store it, and Kyverno's
    /// command line passes over it.
    Schema,
    /// Its fields are those of a policy, but it cannot be meant so (see [`crate::check`]), or it
    /// needs what is not supported.
    Refused,
}

/// Reads every policy with rules of a YAML text, in order. Documents of other kinds are left out.
///
/// A broken document hurts no other. All of its mistakes are reported, not only the first.
pub fn read(text: &str) -> Vec<Result<Arc<Policy>, Broken>> {
    read_each(text, read_document)
}

/// [`read`] for policies of every kind.
pub fn read_any(text: &str) -> Vec<Result<AnyPolicy, Broken>> {
    read_each(text, read_any_document)
}

fn read_each<T>(
    text: &str,
    read: impl Fn(Document) -> Option<Result<T, Broken>>,
) -> Vec<Result<T, Broken>> {
    let narrowed = |broken: Broken| Broken {
        diagnostics: narrowed(broken.diagnostics, text),
        ..broken
    };
    yaml::read(text, Numbers::AsWritten)
        .into_iter()
        .filter_map(|document| match document {
            Ok(document) => read(document).map(|read| read.map_err(narrowed)),
            Err(error) => Some(Err(Broken::not_yaml(error))),
        })
        .collect()
}

/// Findings at the places of the words that they are about.
pub(crate) fn narrowed(found: Vec<Diagnostic>, text: &str) -> Vec<Diagnostic> {
    let found = found.into_iter();
    found.map(|finding| finding.narrowed(text)).collect()
}

/// Reads one document; `None` where it is no policy of any kind.
pub fn read_any_document(document: Document) -> Option<Result<AnyPolicy, Broken>> {
    let root = document.root();
    let kind = PolicyKind::of(root.text("apiVersion"), root.text("kind"))?;
    if kind.has_rules() {
        return Some(read_document(document)?.map(AnyPolicy::Rules));
    }
    if kind.is_cleanup() {
        return Some(read_cleanup(&document)?.map(AnyPolicy::Cleanup));
    }
    let mut found = Vec::new();
    let read = match kind {
        PolicyKind::GeneratingPolicy | PolicyKind::NamespacedGeneratingPolicy => {
            let policy = GeneratingPolicy::read(kind, &document, &mut found);
            policy.map(|policy| AnyPolicy::Generating(Arc::new(policy)))
        }
        PolicyKind::DeletingPolicy | PolicyKind::NamespacedDeletingPolicy => {
            let policy = DeletingPolicy::read(kind, &document, &mut found);
            policy.map(|policy| AnyPolicy::Deleting(Arc::new(policy)))
        }
        PolicyKind::ImageValidatingPolicy | PolicyKind::NamespacedImageValidatingPolicy => {
            let policy = ImageValidatingPolicy::read(kind, &document, &mut found);
            policy.map(|policy| AnyPolicy::Images(Arc::new(policy)))
        }
        PolicyKind::MutatingPolicy | PolicyKind::NamespacedMutatingPolicy => {
            let policy = MutatingPolicy::read(kind, &document, &mut found);
            policy.map(|policy| AnyPolicy::Mutating(Arc::new(policy)))
        }
        kind if kind.is_native() => {
            let policy = AdmissionPolicy::read(kind, &document, &mut found);
            Some(AnyPolicy::Admission(Arc::new(policy)))
        }
        _ => {
            let policy = ValidatingPolicy::read(kind, &document, &mut found);
            Some(AnyPolicy::Validating(Arc::new(policy)))
        }
    };
    let named = read.filter(|policy| !policy.name().is_empty());
    if named.is_none() && found.is_empty() {
        let message = "the policy needs a `metadata.name` and a `spec`";
        let at = document.item().span();
        found.push(Diagnostic::error("no-name-or-spec", message, at));
    }
    Some(match named {
        Some(policy) if found.is_empty() => Ok(policy),
        named => Err(Broken {
            id: named.map(|policy| policy.id().clone()),
            cause: cause(&found),
            diagnostics: found,
        }),
    })
}

/// Reads one document; `None` where it is no policy with rules.
pub fn read_document(document: Document) -> Option<Result<Arc<Policy>, Broken>> {
    let (policy, cause, diagnostics) = read_all(&document)?;
    let id = Some(policy.id().clone());
    Some(if diagnostics.is_empty() {
        Ok(Arc::new(policy))
    } else {
        Err(Broken {
            id,
            cause,
            diagnostics,
        })
    })
}

/// One document, as far as it can be read, and what keeps it from being used.
pub(crate) fn read_all(document: &Document) -> Option<(Policy, Cause, Vec<Diagnostic>)> {
    let root = document.root();
    let kind = PolicyKind::of(root.text("apiVersion"), root.text("kind"));
    let kind = kind.filter(|kind| kind.has_rules())?;
    let mut diagnostics = Vec::new();
    let policy = Policy::read(kind, document, &mut diagnostics);
    let cause = cause(&diagnostics);
    diagnostics.extend(check::check(&policy));
    Some((policy, cause, diagnostics))
}

/// Reads one document; `None` where it is no cleanup policy.
pub fn read_cleanup(document: &Document) -> Option<Result<Arc<CleanupPolicy>, Broken>> {
    let root = document.root();
    let kind = PolicyKind::of(root.text("apiVersion"), root.text("kind"));
    let kind = kind.filter(|kind| kind.is_cleanup())?;
    let mut diagnostics = Vec::new();
    let policy = CleanupPolicy::read(kind, document, &mut diagnostics);
    let cause = cause(&diagnostics);
    diagnostics.extend(check::check_cleanup(&policy));
    Some(if diagnostics.is_empty() {
        Ok(Arc::new(policy))
    } else {
        Err(Broken {
            id: Some(policy.id),
            cause,
            diagnostics,
        })
    })
}

/// What findings about fields say of the document.
fn cause(findings: &[Diagnostic]) -> Cause {
    match findings.iter().all(|finding| finding.code == UNSUPPORTED) {
        true => Cause::Refused,
        false => Cause::Schema,
    }
}

impl Broken {
    /// A document that is no YAML.
    pub fn not_yaml(error: YamlError) -> Broken {
        Broken {
            id: None,
            cause: Cause::NotYaml,
            diagnostics: vec![Diagnostic::error("invalid-yaml", error.message, error.at)],
        }
    }
}

#[cfg(test)]
mod tests;
