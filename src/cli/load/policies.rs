//! Policy files: what can be used, and what cannot and why.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use portcullis_engine::check;
use portcullis_engine::doc::{self, AnyPolicy, Binding, Broken, Cause, Policy};
use portcullis_lang::diagnostic::Diagnostic;

use super::{SourceFile, policy_files};

/// A policy that was dropped.
#[derive(Clone, Debug)]
pub(crate) struct Invalid {
    /// Its name, where that much could be read.
    pub(crate) name: Option<String>,
    /// The file that it stands in; the diagnostics count bytes of its text.
    pub(crate) file: SourceFile,
    /// What kept it out.
    pub(crate) cause: Cause,
    /// Everything that is wrong with it; the first is the reason that Kyverno gives.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Invalid {
    /// Was it refused? A document that the API server would not even store is only passed over: it
    /// is no policy, and no error of the run.
    pub(crate) fn is_refused(&self) -> bool {
        self.cause != Cause::Schema
    }

    /// Its name, and why it was refused, as Kyverno says it.
    pub(crate) fn reason(&self) -> String {
        let name = self.name.as_deref().unwrap_or("(no name)");
        let first = self.diagnostics.first();
        format!(
            "{name}: {}",
            first.map_or("", |finding| finding.message.as_str())
        )
    }
}

/// All policies of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    /// In the order in which they were given.
    pub(crate) valid: Vec<AnyPolicy>,
    /// The file that each of them stands in.
    pub(crate) files: Vec<SourceFile>,
    /// Where policies of the API server apply.
    pub(crate) bindings: Vec<Arc<Binding>>,
    /// Dropped ones.
    pub(crate) invalid: Vec<Invalid>,
}

impl Policies {
    /// Reads every path; files in directories that hold no policy are passed over.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Policies> {
        let mut policies = Policies::default();
        for path in paths {
            for file in policy_files(path)? {
                policies.add(&file);
            }
        }
        Ok(policies)
    }

    /// Those that have rules.
    pub(crate) fn with_rules(&self) -> impl Iterator<Item = &Arc<Policy>> {
        self.valid.iter().filter_map(AnyPolicy::as_rules)
    }

    fn add(&mut self, file: &SourceFile) {
        for read in doc::read_any(&file.text) {
            let dropped = match read {
                Ok(policy) => match offline(&policy) {
                    found if found.is_empty() => {
                        self.valid.push(policy);
                        self.files.push(file.clone());
                        continue;
                    }
                    found => Broken {
                        id: Some(policy.id().clone()),
                        cause: Cause::Refused,
                        diagnostics: found,
                    },
                },
                Err(broken) => broken,
            };
            self.drop(dropped, file);
        }
        for read in Binding::read(&file.text) {
            match read {
                Ok(binding) => self.bindings.push(binding),
                Err(broken) => self.drop(broken, file),
            }
        }
    }

    fn drop(&mut self, broken: Broken, file: &SourceFile) {
        self.invalid.push(Invalid {
            name: broken.id.map(|id| id.name),
            file: file.clone(),
            cause: broken.cause,
            diagnostics: broken.diagnostics,
        });
    }
}

/// What keeps a policy from being used without a cluster.
fn offline(policy: &AnyPolicy) -> Vec<Diagnostic> {
    match policy {
        AnyPolicy::Rules(policy) => check::check_offline(policy),
        _ => Vec::new(),
    }
}
