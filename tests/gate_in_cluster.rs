//! The gate in front of a real API server, registered both ways in which webhooks are.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use k8s_openapi::api::admissionregistration::v1::ValidatingWebhookConfiguration;
use k8s_openapi::api::core::v1::{Namespace, Pod, Service};
use kube::Client;
use kube::api::{Api, DeleteParams, PostParams};
use serde_json::{Value, json};

use support::cluster::{Cluster, Controllers, eventually};
use support::gate::Gate;

/// The policies that ship, and what each says of the Pod that it denies.
const DENIALS: [(&str, &str); 3] = [
    (
        "no-limits",
        "validation error: CPU and memory limits required. \
         rule check-limits failed at path /spec/containers/0/resources/limits/",
    ),
    (
        "unlisted-registry",
        "validation error: Images have to come from registry.example.com, registry.k8s.io or \
         ghcr.io. rule check-registries failed at path /spec/containers/0/image/",
    ),
    (
        "no-security-context",
        "rule check-read-only-root-filesystem failed at path /spec/containers/0/securityContext/",
    ),
];

/// Where the gate lives when it is called by the name of a Service.
const HOME: &str = "portcullis";

/// No controllers: a namespace is ready at once, and nothing else writes Pods.
#[tokio::test]
async fn pods_are_decided_by_the_policies() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let name = format!("{HOME}.{HOME}.svc");
    let gate = Gate::start(&rules("Enforce")?, &["--tls-san", &name])?;
    make_service(&client, &gate).await?;

    let by_url = json!({ "url": format!("https://{}/validate", gate.address()) });
    let by_service = json!({ "service": {
        "namespace": HOME,
        "name": HOME,
        "port": gate.address().port(),
        "path": "/validate",
    }});
    for (way, target) in [("url", by_url), ("service", by_service)] {
        println!("registered by {way}");
        let webhook = register(&client, &gate, target).await?;
        let space = cluster.namespace(way).await?;
        let pods = Api::<Pod>::namespaced(client.clone(), &space);
        for dry_run in [true, false] {
            let params = PostParams {
                dry_run,
                ..PostParams::default()
            };
            for (name, expect) in DENIALS {
                let error = pods.create(&params, &pod(name)?).await.err();
                let message = error.context("is created")?.to_string();
                assert!(message.contains("denied the request"), "{message}");
                assert!(message.contains(expect), "{name}: {message}");
            }
            pods.create(&params, &pod("good")?).await.context("good")?;
            assert_eq!(pods.get_opt("good").await?.is_some(), !dry_run);
        }
        unregister(&client, &webhook).await?;
    }

    // With every policy in Audit all four are created.
    let webhook = register(
        &client,
        &gate,
        json!({ "url": format!("https://{}/validate", gate.address()) }),
    )
    .await?;
    let space = cluster.namespace("audit").await?;
    let pods = Api::<Pod>::namespaced(client.clone(), &space);
    for (file, text) in rules("Audit")? {
        fs::write(gate.rule(&file), text)?;
    }
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    for (name, _) in DENIALS {
        let pod = pod(name)?;
        eventually("the policies in Audit", async || {
            Ok(pods.create(&dry, &pod).await.ok())
        })
        .await?;
        pods.create(&PostParams::default(), &pod)
            .await
            .context(name)?;
    }
    pods.create(&PostParams::default(), &pod("good")?).await?;
    unregister(&client, &webhook).await
}

/// The best practices that ship, with this `failureAction`.
fn rules(action: &str) -> anyhow::Result<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/best-practices");
    let mut rules = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let text = fs::read_to_string(entry.path().join("policy.yaml"))?;
        let name = format!("{}.yaml", entry.file_name().to_string_lossy());
        rules.push((
            name,
            text.replace(
                "failureAction: Enforce",
                &format!("failureAction: {action}"),
            ),
        ));
    }
    Ok(rules)
}

/// The name by which an API server reaches the gate on this machine.
async fn make_service(client: &Client, gate: &Gate) -> anyhow::Result<()> {
    let space: Namespace = serde_json::from_value(json!({ "metadata": { "name": HOME } }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &space).await?;
    let service: Service = serde_json::from_value(json!({
        "metadata": { "name": HOME },
        "spec": {
            "type": "ExternalName",
            "externalName": "localhost",
            "ports": [{ "port": gate.address().port() }],
        },
    }))?;
    let services = Api::<Service>::namespaced(client.clone(), HOME);
    services.create(&PostParams::default(), &service).await?;
    Ok(())
}

/// Registers the gate for Pods, and waits until the API server calls it.
async fn register(client: &Client, gate: &Gate, mut target: Value) -> anyhow::Result<String> {
    let ca = fs::read(gate.ca())?;
    target["caBundle"] = serde_json::to_value(k8s_openapi::ByteString(ca))?;
    let name = "portcullis".to_owned();
    let configuration: ValidatingWebhookConfiguration = serde_json::from_value(json!({
        "metadata": { "name": name },
        "webhooks": [{
            "name": "validate.portcullis.dev",
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Fail",
            "timeoutSeconds": 10,
            "clientConfig": target,
            "rules": [{
                "apiGroups": [""],
                "apiVersions": ["v1"],
                "resources": ["pods"],
                "operations": ["CREATE", "UPDATE"],
            }],
        }],
    }))?;
    let webhooks = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    webhooks
        .create(&PostParams::default(), &configuration)
        .await?;
    let pods = Api::<Pod>::namespaced(client.clone(), HOME);
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let bad = pod(DENIALS[0].0)?;
    eventually("the registration", async || {
        Ok(pods.create(&dry, &bad).await.err())
    })
    .await?;
    Ok(name)
}

async fn unregister(client: &Client, name: &str) -> anyhow::Result<()> {
    let webhooks = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    webhooks.delete(name, &DeleteParams::default()).await?;
    Ok(())
}

/// A Pod that all policies allow, less what its name says.
fn pod(name: &str) -> anyhow::Result<Pod> {
    let mut container = json!({
        "name": "web",
        "image": "registry.example.com/web:1.4.2",
        "resources": {
            "requests": { "cpu": "100m", "memory": "64Mi" },
            "limits": { "cpu": "200m", "memory": "128Mi" },
        },
        "securityContext": {
            "runAsNonRoot": true,
            "readOnlyRootFilesystem": true,
            "allowPrivilegeEscalation": false,
        },
    });
    match name {
        "no-limits" => container["resources"] = json!({}),
        "unlisted-registry" => container["image"] = json!("docker.io/library/nginx:1.27"),
        "no-security-context" => container["securityContext"] = json!({}),
        _ => {}
    }
    Ok(serde_json::from_value(json!({
        "metadata": { "name": name },
        "spec": { "containers": [container] },
    }))?)
}
