//! `portcullis unregister`: the end of a gate that did not say goodbye.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result, anyhow};
use clap::Args;

use crate::cluster::Cluster;
use crate::webhooks::store;

/// Remove every webhook configuration of the gate from a cluster.
///
/// API servers ask nobody any more, so that nothing waits for a gate that is gone. A gate that still runs
/// registers again at once: scale it to zero first.
#[derive(Args, Debug)]
pub(super) struct Unregister {
    /// The cluster; the one around this process, or the one that kubectl uses by default.
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,

    /// The context of the kubeconfig; its current one by default.
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl Unregister {
    /// Removes them.
    pub(super) fn run(self) -> Result<ExitCode> {
        let work = async {
            let cluster = self.connect().await?;
            let removed = store::remove_all(cluster.client()).await;
            removed.context("not all webhook configurations could be removed")
        };
        let removed = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(work)?;
        anstream::println!("{removed} webhook configurations removed");
        Ok(ExitCode::SUCCESS)
    }

    async fn connect(&self) -> Result<Cluster> {
        let unstated = self.kubeconfig.is_none() && self.context.is_none();
        let cluster = if unstated && env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            let around = Cluster::connect(None).await;
            around.and_then(|around| around.ok_or_else(|| "no cluster around".to_owned()))
        } else {
            Cluster::of_user(self.kubeconfig.as_deref(), self.context.as_deref()).await
        };
        cluster.map_err(|error| anyhow!("failed to connect to the cluster: {error}"))
    }
}
