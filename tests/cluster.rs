//! The test cluster is a real one: what is written can be read, Deployments make
//! Pods, and nothing stays behind.

mod support;

use std::process::Command;

use anyhow::Context as _;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Pod};
use kube::api::{Api, ListParams, PostParams};
use serde_json::json;

use support::cluster::{Cluster, Controllers, eventually};
use support::go::{self, Program};

#[tokio::test]
async fn what_is_written_is_read_back() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let namespace = cluster.namespace("write").await?;

    let spaces = Api::<Namespace>::all(client.clone());
    let phase = spaces
        .get(&namespace)
        .await?
        .status
        .and_then(|status| status.phase);
    assert_eq!(phase.as_deref(), Some("Active"));

    let maps = Api::<ConfigMap>::namespaced(client.clone(), &namespace);
    let map: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "settings" },
        "data": { "colour": "blue" },
    }))?;
    maps.create(&PostParams::default(), &map).await?;
    assert_eq!(maps.get("settings").await?.data, map.data);

    let pods = Api::<Pod>::namespaced(client, &namespace);
    pods.create(&PostParams::default(), &privileged_pod()?)
        .await?;
    let spec = pods.get("web").await?.spec.context("a Pod has a spec")?;
    // Set by the API server's own admission: it is the real chain that answers.
    assert_eq!(spec.service_account_name.as_deref(), Some("default"));
    assert_eq!(spec.containers[0].image.as_deref(), Some("nginx:1.27"));
    Ok(())
}

#[tokio::test]
async fn a_deployment_leads_to_pods() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let namespace = cluster.namespace("deploy").await?;

    let deployment: Deployment = serde_json::from_value(json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "web", "image": "nginx:1.27" }] },
            },
        },
    }))?;
    let deployments = Api::<Deployment>::namespaced(client.clone(), &namespace);
    deployments
        .create(&PostParams::default(), &deployment)
        .await?;

    let pods = Api::<Pod>::namespaced(client, &namespace);
    let ours = ListParams::default().labels("app=web");
    let made = eventually("two Pods", async || {
        let list = pods.list(&ours).await?;
        Ok((list.items.len() == 2).then_some(list))
    })
    .await?;
    for pod in made {
        let owners = pod.metadata.owner_references.unwrap_or_default();
        assert_eq!(owners[0].kind, "ReplicaSet");
    }
    Ok(())
}

/// Beside the shared server, so that two at a time are tried as well.
#[tokio::test]
async fn a_server_without_controllers_ends_with_the_run_that_started_it() -> anyhow::Result<()> {
    let Some(mut cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let pods = Api::<Pod>::namespaced(cluster.client().await?, "default");
    pods.create(&PostParams::default(), &privileged_pod()?)
        .await?;

    let status = cluster.hang_up()?;
    assert!(status.success(), "{status}");
    assert!(!cluster.dir().exists(), "its state stays behind");
    Ok(())
}

#[test]
#[ignore = "builds kubectl, for which no other test has a use"]
fn kubectl_is_of_the_servers_version() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let Some(kubectl) = go::binary(Program::Kubectl)? else {
        return Ok(());
    };
    let output = Command::new(kubectl)
        .args(["version", "--output=json"])
        .env("KUBECONFIG", cluster.kubeconfig())
        .output()?;
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let versions: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!(
        versions["clientVersion"]["gitVersion"],
        versions["serverVersion"]["gitVersion"],
    );
    Ok(())
}

/// A policy test must be able to ask for it, so the server must allow it.
fn privileged_pod() -> anyhow::Result<Pod> {
    Ok(serde_json::from_value(json!({
        "metadata": { "name": "web" },
        "spec": {
            "containers": [{
                "name": "web",
                "image": "nginx:1.27",
                "securityContext": { "privileged": true },
            }],
        },
    }))?)
}
