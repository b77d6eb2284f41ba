//! Being asked: webhooks and certificates, on a real API server, with the gate installed as the manifests
//! say.

mod support;

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::Client;
use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, ListParams, ObjectMeta, Patch, PatchParams,
    PostParams,
};
use serde_json::json;

use support::cluster::eventually;
use support::installed::Installed;

const NAMESPACE: &str = "kyverno";
const RESOURCES: &str = "kyverno-resource-validating-webhook-cfg";
const PAIR: &str = "kyverno-svc.kyverno.svc.kyverno-tls-pair";

/// Long enough for two serving certificates and an authority, short enough for a test.
const SHORT: &str = "--serve-args=--tls-validity=8s --ca-validity=14s --renew-before=4s";

/// Each test has a control plane of its own; three at once would only wait for one another.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

#[tokio::test]
async fn webhooks_follow_policies_and_edits_by_hand_are_undone() -> anyhow::Result<()> {
    let _alone = ALONE.lock().await;
    let Some(cluster) = Installed::start(&["--replicas=2"])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    apply(&client, "team", "Fail").await?;
    ready(&client, "team").await?;
    // READY says that it is asked: no moment passes.
    denied(&client, "validate.kyverno.svc-fail").await?;
    let configurations = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    let patch = json!([{"op": "replace", "path": "/webhooks/0/failurePolicy", "value": "Ignore"}]);
    let patch = Patch::Json::<()>(serde_json::from_value(patch)?);
    configurations
        .patch(RESOURCES, &PatchParams::default(), &patch)
        .await?;
    webhooks(&configurations, "validate.kyverno.svc-fail Fail").await?;
    configurations
        .delete(RESOURCES, &DeleteParams::default())
        .await?;
    webhooks(&configurations, "validate.kyverno.svc-fail Fail").await?;
    apply(&client, "team", "Ignore").await?;
    webhooks(&configurations, "validate.kyverno.svc-ignore Ignore").await?;
    denied(&client, "validate.kyverno.svc-ignore").await?;
    policies(&client)
        .delete("team", &DeleteParams::default())
        .await?;
    webhooks(&configurations, "").await?;
    create(&client).await?;
    Ok(())
}

#[tokio::test]
async fn certificates_change_and_no_request_notices() -> anyhow::Result<()> {
    let _alone = ALONE.lock().await;
    let Some(cluster) = Installed::start(&["--replicas=2", SHORT])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    apply(&client, "team", "Fail").await?;
    ready(&client, "team").await?;
    let secrets = Api::<Secret>::namespaced(client.clone(), NAMESPACE);
    let (start, mut seen) = (Instant::now(), Vec::new());
    let mut requests = 0;
    while seen.len() < 4 {
        ensure!(
            start.elapsed() < Duration::from_secs(60),
            "{} certificates in a minute",
            seen.len()
        );
        let pair = secrets.get(PAIR).await?.data.context("data")?;
        let certificate = pair.get("tls.crt").context("a certificate")?.0.clone();
        if seen.last() != Some(&certificate) {
            seen.push(certificate);
        }
        // Whatever is served, the API server trusts it: nobody fails but by the policy.
        denied(&client, "validate.kyverno.svc-fail").await?;
        requests += 1;
    }
    ensure!(requests > 20, "only {requests} requests were made");
    Ok(())
}

#[tokio::test]
async fn a_gate_that_is_scaled_to_zero_is_not_asked_any_more() -> anyhow::Result<()> {
    let _alone = ALONE.lock().await;
    let Some(cluster) = Installed::start(&["--replicas=2"])? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    apply(&client, "team", "Fail").await?;
    ready(&client, "team").await?;
    scale(&client, 0).await?;
    let validating = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    let mutating = Api::<MutatingWebhookConfiguration>::all(client.clone());
    eventually("the end of the webhooks", async || {
        let left = validating.list(&ListParams::default()).await?.items.len()
            + mutating.list(&ListParams::default()).await?.items.len();
        Ok((left == 0).then_some(()))
    })
    .await?;
    create(&client).await?;
    scale(&client, 1).await?;
    webhooks(&validating, "validate.kyverno.svc-fail Fail").await?;
    eventually("a denial", async || {
        Ok(create(&client).await.err().map(|_| ()))
    })
    .await
}

/// A policy that wants a label of ConfigMaps.
async fn apply(client: &Client, name: &str, mode: &str) -> anyhow::Result<()> {
    let policy = json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": { "name": name },
        "spec": {
            "webhookConfiguration": { "failurePolicy": mode },
            "rules": [{
                "name": "team",
                "match": { "any": [{ "resources": { "kinds": ["ConfigMap"] } }] },
                "validate": {
                    "failureAction": "Enforce",
                    "message": "whose is it?",
                    "pattern": { "metadata": { "labels": { "team": "?*" } } },
                },
            }],
        },
    });
    // The gate that judges policies may still be starting.
    let params = PatchParams::apply("test").force();
    let start = Instant::now();
    loop {
        let patch = Patch::Apply(&policy);
        match policies(client).patch(name, &params, &patch).await {
            Ok(_) => return Ok(()),
            Err(error) if start.elapsed() > Duration::from_secs(30) => bail!(error),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn ready(client: &Client, name: &str) -> anyhow::Result<()> {
    eventually("READY", async || {
        let policy = policies(client).get(name).await?;
        let status = policy.data.pointer("/status/conditions/0/status");
        Ok(status.is_some_and(|status| status == "True").then_some(()))
    })
    .await
}

/// Names and failure policies of a configuration's webhooks.
async fn webhooks(
    configurations: &Api<ValidatingWebhookConfiguration>,
    expect: &str,
) -> anyhow::Result<()> {
    let mut found = String::new();
    let done = eventually("the webhooks", async || {
        let configuration = configurations.get_opt(RESOURCES).await?;
        let hooks = configuration.and_then(|it| it.webhooks).unwrap_or_default();
        let shown = hooks.iter().map(|hook| {
            let mode = hook.failure_policy.as_deref().unwrap_or_default();
            format!("{} {mode}", hook.name)
        });
        found = shown.collect::<Vec<_>>().join(", ");
        Ok((found == expect).then_some(()))
    });
    done.await
        .with_context(|| format!("`{found}`, not `{expect}`"))
}

/// A ConfigMap without a label is refused by this webhook, with the policy's words.
async fn denied(client: &Client, webhook: &str) -> anyhow::Result<()> {
    let Err(kube::Error::Api(status)) = create(client).await else {
        bail!("a ConfigMap without a label was let pass");
    };
    let expect = format!("admission webhook \"{webhook}\" denied the request");
    ensure!(
        status.message.contains(&expect) && status.message.contains("whose is it?"),
        "{}",
        status.message
    );
    Ok(())
}

/// Would a ConfigMap be taken?
async fn create(client: &Client) -> kube::Result<ConfigMap> {
    let map = ConfigMap {
        metadata: ObjectMeta {
            generate_name: Some("m-".to_owned()),
            ..ObjectMeta::default()
        },
        ..ConfigMap::default()
    };
    let params = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let maps = Api::<ConfigMap>::namespaced(client.clone(), "default");
    maps.create(&params, &map).await
}

async fn scale(client: &Client, replicas: i32) -> anyhow::Result<()> {
    let deployments = Api::<Deployment>::namespaced(client.clone(), NAMESPACE);
    let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
    let name = "kyverno-admission-controller";
    deployments
        .patch(name, &PatchParams::default(), &patch)
        .await?;
    Ok(())
}

fn policies(client: &Client) -> Api<DynamicObject> {
    let resource = ApiResource {
        group: "kyverno.io".to_owned(),
        version: "v1".to_owned(),
        api_version: "kyverno.io/v1".to_owned(),
        kind: "ClusterPolicy".to_owned(),
        plural: "clusterpolicies".to_owned(),
    };
    Api::all_with(client.clone(), &resource)
}
