//! The end for good: what nobody answers any more must not be asked.
//!
//! Comes in:  the Deployment.
//! Goes out:  every webhook configuration and Lease of ours removed, where no replica will come back.
//! Never here: a rolling update, after which others are there.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::Client;
use kube::api::{Api, DeleteParams};

use super::{health, store};
use crate::cluster::home::Home;

/// Leases that nobody takes over.
const LEASES: [&str; 2] = ["kyvernopre-lock", health::LEASE];

/// Shall there be any replica?
pub(super) fn is_wanted(deployment: &Deployment) -> bool {
    deployment.metadata.deletion_timestamp.is_none() && deployment.spec.replicas != Some(0)
}

/// Called by each replica that ends: removes everything where none shall come back.
///
/// # Errors
///
/// The API server's.
pub(crate) async fn end(client: &Client, home: &Home) -> kube::Result<()> {
    if home.deployment.is_empty() {
        return Ok(());
    }
    let api = Api::<Deployment>::namespaced(client.clone(), &home.namespace);
    match api.get_opt(&home.deployment).await? {
        Some(deployment) if is_wanted(&deployment) => Ok(()),
        _ => remove(client, home).await,
    }
}

/// Removes everything.
///
/// # Errors
///
/// The API server's.
pub(crate) async fn remove(client: &Client, home: &Home) -> kube::Result<()> {
    let removed = store::remove_all(client).await?;
    if removed > 0 {
        tracing::info!(removed, "no replica stays; the webhooks are removed");
    }
    let leases = Api::<Lease>::namespaced(client.clone(), &home.namespace);
    for lease in LEASES {
        match leases.delete(lease, &DeleteParams::default()).await {
            Err(kube::Error::Api(status)) if status.code == 404 => {}
            other => drop(other?),
        }
    }
    Ok(())
}
