//! Exception files.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Result, bail};
use portcullis_engine::doc::Exception;

use super::policy_files;
use crate::cli::diagnostics;

/// Reads every exception of the given files and directories.
pub(crate) fn read_exceptions(paths: &[PathBuf]) -> Result<Vec<Arc<Exception>>> {
    let mut exceptions = Vec::new();
    for path in paths {
        for file in policy_files(path)? {
            for read in Exception::read(&file.text) {
                match read {
                    Ok(exception) => exceptions.push(exception),
                    Err(broken) => {
                        bail!(
                            "failed to load exceptions\n{}",
                            diagnostics::render(&file, &broken.diagnostics)
                        )
                    }
                }
            }
        }
    }
    Ok(exceptions)
}
