//! `portcullis unregister`: the end of a gate that did not say goodbye.

use std::env;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::Args;
use prometheus_client::registry::Registry;

use super::cluster::{Which, unconnected, wait};
use crate::cluster::Cluster;
use crate::observe::calls::CallMetrics;
use crate::webhooks::store;

/// Remove every webhook configuration of the gate from a cluster.
///
/// API servers ask nobody any more, so that nothing waits for a gate that is gone. A gate that still runs
/// registers again at once: scale it to zero first. In a Pod, the cluster is the one around it.
#[derive(Args, Debug)]
pub(super) struct Unregister {
    #[command(flatten)]
    cluster: Which,
}

impl Unregister {
    /// Removes them.
    pub(super) fn run(self) -> Result<ExitCode> {
        let work = async {
            let cluster = self.connect().await?;
            let removed = store::remove_all(cluster.client()).await;
            removed.context("not all webhook configurations could be removed")
        };
        let removed = wait(work)?;
        anstream::println!("{removed} webhook configurations removed");
        Ok(ExitCode::SUCCESS)
    }

    /// In a Pod, the cluster around it.
    async fn connect(&self) -> Result<Cluster> {
        if self.cluster.is_unstated() && env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
            let around = Cluster::connect(None, &CallMetrics::new(&mut Registry::default())).await;
            let around = around.map_err(unconnected)?;
            return around.ok_or_else(|| unconnected("no cluster around"));
        }
        self.cluster.connect().await
    }
}
