//! GlobalContextEntries of a real cluster: the gate follows them, and what they speak of.

mod support;

use anyhow::{Context as _, bail};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, PostParams};
use serde_json::{Value as Json, json};
use tokio::time::{Duration, Instant, sleep};

use support::cluster::{Cluster, Controllers};
use support::crds;
use support::gate::Gate;
use support::https::{Connection, Http};
use support::review::review;
use support::service::Service;

/// The two entries must agree, and their number is told.
const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: few
spec:
  rules:
  - name: few
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
    context:
    - name: followed
      globalReference:
        name: maps.count
    - name: asked
      globalReference:
        name: answer
        jmesPath: items | length(@)
    validate:
      failureAction: Enforce
      message: "{{ followed }} followed, {{ asked }} asked"
      deny:
        conditions:
          any:
          - key: "{{ followed }} and {{ asked }}"
            operator: NotEquals
            value: none
"#;

#[tokio::test]
async fn data_follow_the_cluster() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    crds::install(&client).await?;
    let space: Namespace = serde_json::from_value(json!({ "metadata": { "name": "global" } }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &space).await?;
    let maps = Api::<ConfigMap>::namespaced(client.clone(), "global");
    make(&maps, "a").await?;

    let kubeconfig = cluster.kubeconfig().to_string_lossy();
    let flags = ["--kubeconfig", &kubeconfig, "--maxGlobalContextEntries=2"];
    let gate = Gate::start(&[("p.yaml", POLICY)], &flags)?;
    let mut connection = gate.connect(Http::Two).await?;
    until(&mut connection, "maps.count not found").await?;

    let resource = ApiResource {
        group: "kyverno.io".to_owned(),
        version: "v2beta1".to_owned(),
        api_version: "kyverno.io/v2beta1".to_owned(),
        kind: "GlobalContextEntry".to_owned(),
        plural: "globalcontextentries".to_owned(),
    };
    let entries = Api::<DynamicObject>::all_with(client, &resource);
    let entry = async |name: &str, spec: Json| -> anyhow::Result<()> {
        let entry = json!({
            "apiVersion": &resource.api_version,
            "kind": &resource.kind,
            "metadata": { "name": name },
            "spec": spec,
        });
        let entry: DynamicObject = serde_json::from_value(entry)?;
        entries.create(&PostParams::default(), &entry).await?;
        Ok(())
    };
    let objects = json!({
        "kubernetesResource": { "version": "v1", "resource": "configmaps", "namespace": "global" },
        "projections": [{ "name": "count", "jmesPath": "length(@)" }],
    });
    entry("maps", objects).await?;
    let path = "/api/v1/namespaces/global/configmaps";
    let call = json!({ "apiCall": { "urlPath": path, "refreshInterval": "200ms" } });
    entry("answer", call).await?;

    until(&mut connection, "1 followed, 1 asked").await?;
    make(&maps, "b").await?;
    until(&mut connection, "2 followed, 2 asked").await?;
    maps.delete("a", &DeleteParams::default()).await?;
    until(&mut connection, "1 followed, 1 asked").await?;

    let status = entries.get("answer").await?.data;
    let ready = status.pointer("/status/conditions/0/status");
    assert_eq!(ready, Some(&json!("True")), "{status}");
    assert!(
        status.pointer("/status/lastRefreshTime").is_some(),
        "{status}"
    );

    entries.delete("answer", &DeleteParams::default()).await?;
    until(&mut connection, "answer not found").await?;

    // One too many, until another one is gone. Then a service is asked.
    let more = json!({ "kubernetesResource": { "version": "v1", "resource": "namespaces" } });
    entry("more", more).await?;
    let service = Service::start().await?;
    let url = format!("{}/items", service.origin());
    let call = json!({ "apiCall": { "service": { "url": url }, "refreshInterval": "200ms" } });
    entry("answer", call).await?;
    until(
        &mut connection,
        "data of 2 entries are held, which is the limit",
    )
    .await?;
    entries.delete("more", &DeleteParams::default()).await?;
    until(&mut connection, "1 followed, 3 asked").await?;
    sleep(Duration::from_millis(500)).await;
    assert!(service.asked("/items") > 1, "asked again and again");
    Ok(())
}

async fn make(maps: &Api<ConfigMap>, name: &str) -> anyhow::Result<()> {
    let map: ConfigMap = serde_json::from_value(json!({ "metadata": { "name": name } }))?;
    maps.create(&PostParams::default(), &map).await?;
    Ok(())
}

/// Asks until the gate denies with these words: it hears of changes a moment later.
async fn until(connection: &mut Connection, expect: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    loop {
        let paint = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": { "name": "paint", "namespace": "global" },
        });
        let reply = connection
            .post("/validate?timeout=10s", review(&paint))
            .await?;
        let (_, message) = reply.verdict().context("a verdict")?;
        if message.contains(expect) {
            return Ok(());
        }
        if start.elapsed() > Duration::from_secs(10) {
            bail!("waited for `{expect}`: {message}");
        }
        sleep(Duration::from_millis(50)).await;
    }
}
