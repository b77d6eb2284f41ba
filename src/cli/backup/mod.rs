//! `portcullis backup` and `portcullis restore`: what a cluster's gate is configured by, in one file.
//!
//! Comes in:  a cluster; an archive.
//! Goes out:  an archive; a cluster that is as the archive says, after a diff.
//! Never here: what follows from the configuration (reports, update requests, certificates): it is made
//!             anew.

mod archive;
mod helm;
mod objects;
mod restore;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;

use super::cluster::{Which, wait};
use archive::Archive;

pub(super) use restore::Restore;

/// Write policies, exceptions, global context entries and settings of a cluster into one archive.
///
/// The archive is a gzipped tar of YAML files, one for each object, and the Helm values of the release
/// as `values.yaml`. The same configuration gives the same archive, byte for byte.
#[derive(Args, Debug)]
pub(super) struct Backup {
    #[command(flatten)]
    place: Place,

    /// Where to write it.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Which cluster, and where the gate is at home in it.
#[derive(Args, Debug)]
struct Place {
    #[command(flatten)]
    cluster: Which,

    /// The gate's own namespace.
    #[arg(long, short, value_name = "NAME", default_value = "kyverno")]
    namespace: String,
}

impl Backup {
    /// Reads the cluster and writes the archive.
    pub(super) fn run(self) -> Result<ExitCode> {
        let archive = wait(async {
            let cluster = self.place.cluster.connect().await?;
            let client = cluster.client();
            anyhow::Ok(Archive {
                objects: objects::all(client, &self.place.namespace).await?,
                values: helm::values(client, &self.place.namespace).await?,
            })
        })?;
        fs::write(&self.output, archive.to_bytes()?).with_context(|| unwritable(&self.output))?;
        let (count, file) = (archive.objects.len(), self.output.display());
        let values = match archive.values {
            Some(_) => "with the Helm values",
            None => "no Helm release found",
        };
        anstream::println!("{count} objects in `{file}`, {values}");
        Ok(ExitCode::SUCCESS)
    }
}

fn unwritable(path: &Path) -> String {
    format!("cannot write `{}`", path.display())
}
