//! Policy files: what can be used, and what cannot and why.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use portcullis_engine::doc::{self, Policy};
use portcullis_lang::diagnostic::Diagnostic;

use super::{SourceFile, policy_files};

/// A policy that was dropped.
#[derive(Clone, Debug)]
pub(crate) struct Invalid {
    /// Its name, where that much could be read.
    pub(crate) name: Option<String>,
    /// The file that it stands in; the diagnostics count bytes of its text.
    pub(crate) file: SourceFile,
    /// Everything that is wrong with it.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// All policies of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policies {
    /// In the order in which they were given.
    pub(crate) valid: Vec<Arc<Policy>>,
    /// The file that each of them stands in.
    pub(crate) files: Vec<SourceFile>,
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

    fn add(&mut self, file: &SourceFile) {
        for read in doc::read(&file.text) {
            match read {
                Ok(policy) => {
                    self.valid.push(policy);
                    self.files.push(file.clone());
                }
                Err(broken) => self.invalid.push(Invalid {
                    name: broken.id.map(|id| id.name),
                    file: file.clone(),
                    diagnostics: broken.diagnostics,
                }),
            }
        }
    }
}
