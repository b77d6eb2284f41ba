//! Exception files.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use portcullis_engine::doc::cel::CelException;
use portcullis_engine::doc::{Broken, Exception};
use portcullis_lang::value::{Numbers, yaml};

use super::{SourceFile, policy_files};
use crate::cli::diagnostics;

/// All exceptions of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Exceptions {
    /// From rules.
    pub(crate) from_rules: Vec<Arc<Exception>>,
    /// From policies written in CEL.
    pub(crate) from_policies: Vec<Arc<CelException>>,
}

impl Exceptions {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.from_rules.len() + self.from_policies.len()
    }

    /// Takes others in, behind these.
    pub(crate) fn extend(&mut self, others: Exceptions) {
        self.from_rules.extend(others.from_rules);
        self.from_policies.extend(others.from_policies);
    }

    fn add(&mut self, file: &SourceFile) -> Result<(), Broken> {
        for document in yaml::read(&file.text, Numbers::AsWritten) {
            let document = document.map_err(Broken::not_yaml)?;
            if let Some(read) = Exception::read_document(&document) {
                self.from_rules.push(read?);
            } else if let Some(read) = CelException::read_document(&document) {
                self.from_policies.push(read?);
            }
        }
        Ok(())
    }
}

/// Reads every exception of the given files and directories.
pub(crate) fn read_exceptions(paths: &[PathBuf]) -> Result<Exceptions> {
    let mut exceptions = Exceptions::default();
    for path in paths {
        for file in policy_files(path)? {
            if let Err(broken) = exceptions.add(&file) {
                bail!(
                    "failed to load exceptions\n{}",
                    diagnostics::render(&file, &broken.diagnostics)
                )
            }
        }
    }
    Ok(exceptions)
}
