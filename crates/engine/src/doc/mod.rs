//! Policies as they are written: one file for each part of a policy document.
//!
//! Comes in:  YAML text.
//! Goes out:  [`Policy`], checked; or everything that is wrong with it, each finding at its place.
//! Never here: evaluation.
//!
//! ```text
//! text -> document -> fields -> Policy (declared rules)
//!                                 └─ autogen -> rules for Pod controllers
//! ```

mod autogen;
mod exception;
mod fields;
mod filter;
mod pod_security;
mod policy;
mod rule;
mod settings;
mod validate;

use std::sync::Arc;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Numbers, yaml};

pub use exception::{Exception, ExemptRules};
pub use filter::{Filter, Filters, KindSelector, LabelSelector, Requirement, Subject, SubjectKind};
pub use pod_security::{Control, Exclude, Level, PodSecurity, Version};
pub use policy::{Policy, PolicyId, PolicyKind};
pub use rule::{Body, ContextEntry, Rule};
pub use settings::{Action, ActionOverride, ApplyRules, FailurePolicy, Settings};
pub use validate::{Foreach, Validate, Validation};

/// A policy document that cannot be used.
#[derive(Clone, Debug)]
pub struct Broken {
    /// Which policy it is, where that much could be read.
    pub id: Option<PolicyId>,
    /// Everything that is wrong with it; never empty.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads every policy of a YAML text, in order. Documents of other kinds are left out.
///
/// A broken document hurts no other. All of its mistakes are reported, not only the first.
pub fn read(text: &str) -> Vec<Result<Arc<Policy>, Broken>> {
    yaml::read(text, Numbers::AsWritten)
        .into_iter()
        .filter_map(|document| match document {
            Ok(document) => read_document(document),
            Err(error) => {
                let finding = Diagnostic::error("invalid-yaml", error.message, error.at);
                Some(Err(Broken {
                    id: None,
                    diagnostics: vec![finding],
                }))
            }
        })
        .collect()
}

/// Reads one document; `None` where it is no policy.
pub fn read_document(document: Document) -> Option<Result<Arc<Policy>, Broken>> {
    let root = document.root();
    let kind = PolicyKind::of(root.text("apiVersion"), root.text("kind"))?;
    let mut diagnostics = Vec::new();
    let policy = Policy::read(kind, &document, &mut diagnostics);
    let id = Some(policy.id().clone());
    Some(if diagnostics.is_empty() {
        Ok(Arc::new(policy))
    } else {
        Err(Broken { id, diagnostics })
    })
}

#[cfg(test)]
mod tests;
