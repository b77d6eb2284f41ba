//! The manifests work: every part of the gate runs with what its own account may do.

mod support;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::coordination::v1::Lease;
use kube::api::{Api, ListParams};

use support::cluster::eventually;
use support::installed::Installed;

const NAMESPACE: &str = "kyverno";

#[tokio::test]
async fn every_controller_is_ready_and_holds_its_lease() -> anyhow::Result<()> {
    let Some(cluster) = Installed::start(&[])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let deployments = Api::<Deployment>::namespaced(client.clone(), NAMESPACE);
    let leases = Api::<Lease>::namespaced(client, NAMESPACE);
    for name in deployments.list(&ListParams::default()).await? {
        let name = name.metadata.name.unwrap_or_default();
        if name == "kyverno-admission-controller" {
            continue;
        }
        eventually(&format!("`{name}`"), async || {
            let status = deployments.get(&name).await?.status;
            let ready = status.and_then(|status| status.ready_replicas);
            Ok((ready == Some(1)).then_some(()))
        })
        .await?;
        let holder = eventually(&format!("the Lease of `{name}`"), async || {
            let lease = leases.get_opt(&name).await?;
            let spec = lease.and_then(|lease| lease.spec);
            Ok(spec.and_then(|spec| spec.holder_identity))
        })
        .await?;
        assert!(holder.starts_with(&name), "`{name}` is led by `{holder}`");
    }
    Ok(())
}
