//! The flags of commands that ask a cluster.
//!
//! Comes in:  `--kubeconfig`, `--context`.
//! Goes out:  a connection; work that waits for it.
//! Never here: what is asked.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use clap::Args;

use crate::cluster::Cluster;

/// Which cluster.
#[derive(Args, Debug)]
pub(super) struct Which {
    /// The cluster; the one that kubectl uses by default.
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; its current one by default.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl Which {
    /// Is nothing said about it?
    pub(super) fn is_unstated(&self) -> bool {
        self.kubeconfig.is_none() && self.context.is_none()
    }

    /// Connects with the rights of the user.
    ///
    /// # Errors
    ///
    /// No such cluster or context, or no answer.
    pub(super) async fn connect(&self) -> Result<Cluster> {
        let cluster = Cluster::of_user(self.kubeconfig.as_deref(), self.context.as_deref());
        cluster.await.map_err(unconnected)
    }
}

/// What is said where a cluster does not answer.
pub(super) fn unconnected(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("failed to connect to the cluster: {error}")
}

/// Runs `work` to its end on a runtime of its own.
///
/// # Errors
///
/// Those of `work`.
pub(super) fn wait<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
