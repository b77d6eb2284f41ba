//! What keeps a cluster in order: cleanup by its own controller with its own rights, and a backup that
//! is restored.

mod support;

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::api::rbac::v1::ClusterRole;
use kube::Client;
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use support::cluster::eventually;
use support::installed::Installed;

const SPACE: &str = "tidy";

#[tokio::test]
async fn objects_go_when_policies_and_labels_say_so_and_policies_come_back() -> anyhow::Result<()> {
    // No gate in the way: what it would say of the policies is not the point here.
    let flags = [
        "--replicas=0",
        "--controllers-args=--ttl-reconciliation-interval=1s",
    ];
    let Some(cluster) = Installed::start(&flags)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let spaces = Api::<Namespace>::all(client.clone());
    let space = serde_json::from_value(json!({ "metadata": { "name": SPACE } }))?;
    spaces.create(&PostParams::default(), &space).await?;

    let maps = Api::<ConfigMap>::namespaced(client.clone(), SPACE);
    let make = async |name: &str, labels: Value| {
        let map = json!({ "metadata": { "name": name, "labels": labels } });
        let map = serde_json::from_value(map)?;
        maps.create(&PostParams::default(), &map).await?;
        anyhow::Ok(())
    };
    make("old", json!({ "keep": "no" })).await?;
    make("new", json!({ "keep": "yes" })).await?;
    make("short-lived", json!({ "cleanup.kyverno.io/ttl": "1s" })).await?;
    policies(&client)
        .create(&PostParams::default(), &policy()?)
        .await?;
    // Nobody gave the controller the right to delete them yet.
    eventually("a first run", async || {
        let found = policies(&client).get("old-maps").await?;
        Ok(found.data.pointer("/status/lastExecutionTime").cloned())
    })
    .await?;
    assert!(maps.get_opt("old").await?.is_some());
    let roles = Api::<ClusterRole>::all(client.clone());
    roles.create(&PostParams::default(), &role()?).await?;
    for name in ["old", "short-lived"] {
        eventually(&format!("the end of `{name}`"), async || {
            Ok(maps.get_opt(name).await?.is_none().then_some(()))
        })
        .await?;
    }
    assert!(maps.get_opt("new").await?.is_some());

    restore(&cluster, &client).await
}

/// A backup is taken, what it holds is damaged and brought back.
async fn restore(cluster: &Installed, client: &Client) -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let (first, second) = (dir.path().join("a.tar.gz"), dir.path().join("b.tar.gz"));
    let kubeconfig = cluster.kubeconfig();
    let stop = json!({ "spec": { "schedule": "0 0 1 1 *" } });
    patch(client, &stop).await?;
    portcullis(kubeconfig, &["backup", "--output"], &first)?;

    policies(client)
        .delete("old-maps", &DeleteParams::default())
        .await?;
    let settings = Api::<ConfigMap>::namespaced(client.clone(), "kyverno");
    let edited = Patch::Merge(json!({ "data": { "excludeGroups": "everybody" } }));
    settings
        .patch("kyverno", &PatchParams::default(), &edited)
        .await?;

    let said = portcullis(kubeconfig, &["restore", "--dry-run"], &first)?;
    assert!(
        said.contains("new: clustercleanuppolicies.kyverno.io/old-maps"),
        "{said}"
    );
    assert!(said.contains("- ") && said.contains("everybody"), "{said}");
    assert!(said.contains("2 to restore"), "{said}");
    assert!(
        policies(client).get_opt("old-maps").await?.is_none(),
        "only shown"
    );
    let said = portcullis(kubeconfig, &["restore", "--yes"], &first)?;
    assert!(said.contains("2 restored, 0 failed"), "{said}");
    let said = portcullis(kubeconfig, &["restore", "--yes"], &first)?;
    assert!(said.contains("0 to restore"), "{said}");
    portcullis(kubeconfig, &["backup", "--output"], &second)?;
    assert_eq!(std::fs::read(first)?, std::fs::read(second)?);
    Ok(())
}

fn portcullis(kubeconfig: &Path, command: &[&str], file: &Path) -> anyhow::Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(command)
        .arg(file)
        .arg("--kubeconfig")
        .arg(kubeconfig)
        .output()?;
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    anyhow::ensure!(output.status.success(), "{command:?}: {error}");
    String::from_utf8(output.stdout).context("is no text")
}

fn policies(client: &Client) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "kyverno.io".to_owned(),
        version: "v2".to_owned(),
        api_version: "kyverno.io/v2".to_owned(),
        kind: "ClusterCleanupPolicy".to_owned(),
        plural: "clustercleanuppolicies".to_owned(),
    };
    Api::all_with(client.clone(), &resource)
}

async fn patch(client: &Client, change: &Value) -> anyhow::Result<()> {
    let params = PatchParams::default();
    policies(client)
        .patch("old-maps", &params, &Patch::Merge(change))
        .await?;
    Ok(())
}

fn policy() -> anyhow::Result<DynamicObject> {
    Ok(serde_json::from_value(json!({
        "apiVersion": "kyverno.io/v2",
        "kind": "ClusterCleanupPolicy",
        "metadata": { "name": "old-maps" },
        "spec": {
            "schedule": "@every 2s",
            "match": { "any": [{ "resources": { "kinds": ["ConfigMap"], "namespaces": [SPACE] } }] },
            "conditions": { "all": [{
                "key": "{{ target.metadata.labels.keep || '' }}", "operator": "Equals", "value": "no",
            }] },
        },
    }))?)
}

/// Found by its label, as users grant rights to controllers.
fn role() -> anyhow::Result<ClusterRole> {
    Ok(serde_json::from_value(json!({
        "metadata": {
            "name": "clean-up-maps",
            "labels": { "rbac.kyverno.io/aggregate-to-cleanup-controller": "true" },
        },
        "rules": [{
            "apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "watch", "delete"],
        }],
    }))?)
}
