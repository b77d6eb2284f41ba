//! Objects that the gate changes in front of a real API server, registered for both webhooks.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::fs;

use anyhow::Context as _;
use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::core::v1::{Namespace, Pod};
use kube::Client;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use support::cluster::{Cluster, Controllers, eventually};
use support::gate::Gate;

/// What every Pod gets, and what only those get that ask for it.
const PODS: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: defaults
spec:
  rules:
  - name: run-as-non-root
    match:
      any:
      - resources:
          kinds:
          - Pod
    mutate:
      patchStrategicMerge:
        spec:
          securityContext:
            +(runAsNonRoot): true
  - name: always-pull
    match:
      any:
      - resources:
          kinds:
          - Pod
    mutate:
      patchStrategicMerge:
        spec:
          containers:
          - (image): "registry.example.com/*"
            imagePullPolicy: Always
---
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: log-agent
spec:
  rules:
  - name: inject
    match:
      any:
      - resources:
          kinds:
          - Pod
          annotations:
            logs.example.com/agent: "true"
    mutate:
      patchStrategicMerge:
        spec:
          containers:
          - name: log-agent
            image: registry.example.com/log-agent:2.1
            volumeMounts:
            - name: logs
              mountPath: /var/log/app
          volumes:
          - name: logs
            emptyDir: {}
"#;

/// The team that a namespace belongs to becomes the label of its Pods.
const TEAM: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: team-label
spec:
  rules:
  - name: from-namespace
    match:
      any:
      - resources:
          kinds:
          - Pod
    context:
    - name: team
      apiCall:
        urlPath: "/api/v1/namespaces/{{ request.namespace }}"
        jmesPath: metadata.annotations."example.com/team" || 'nobody'
    mutate:
      patchStrategicMerge:
        metadata:
          labels:
            +(team): "{{ team }}"
"#;

/// One rule repairs what another one wants.
const TOKEN: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: no-token
spec:
  rules:
  - name: leave-it-out
    match:
      any:
      - resources:
          kinds:
          - Pod
    mutate:
      patchStrategicMerge:
        spec:
          +(automountServiceAccountToken): false
  - name: must-be-left-out
    match:
      any:
      - resources:
          kinds:
          - Pod
    validate:
      failureAction: Enforce
      message: Pods do not mount a token.
      pattern:
        spec:
          automountServiceAccountToken: false
"#;

#[tokio::test]
async fn objects_are_changed_before_they_are_judged() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let space: Namespace = serde_json::from_value(json!({
        "metadata": { "name": "web", "annotations": { "example.com/team": "blue" } },
    }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &space).await?;
    let kubeconfig = cluster.kubeconfig().to_string_lossy();
    let rules = [
        ("pods.yaml", PODS),
        ("team.yaml", TEAM),
        ("token.yaml", TOKEN),
    ];
    let gate = Gate::start(&rules, &["--kubeconfig", &kubeconfig])?;
    register(&client, &gate).await?;

    // Nothing is stated: everything is filled in, and the rule about the token finds what it wants.
    let plain = create(&client, &pod("plain", json!({}), json!({}))).await?;
    let spec = &plain["spec"];
    assert_eq!(spec["securityContext"]["runAsNonRoot"], json!(true));
    assert_eq!(spec["containers"][0]["imagePullPolicy"], json!("Always"));
    assert_eq!(spec["automountServiceAccountToken"], json!(false));
    assert_eq!(plain["metadata"]["labels"]["team"], json!("blue"));
    assert_eq!(names(spec), ["web"]);

    // Who asks for the agent gets it, with its volume, and pulled as all others are.
    let annotations = json!({ "annotations": { "logs.example.com/agent": "true" } });
    let agent = create(&client, &pod("agent", annotations, json!({}))).await?;
    let mut containers = names(&agent["spec"]);
    containers.sort_unstable();
    assert_eq!(containers, ["log-agent", "web"]);
    assert_eq!(agent["spec"]["volumes"][0]["name"], json!("logs"));

    // What somebody stated stays, wherever the policy only fills in.
    let metadata = json!({ "labels": { "team": "red" } });
    let stated = json!({ "securityContext": { "runAsNonRoot": false } });
    let explicit = create(&client, &pod("explicit", metadata, stated)).await?;
    assert_eq!(explicit["metadata"]["labels"]["team"], json!("red"));
    let context = &explicit["spec"]["securityContext"];
    assert_eq!(context["runAsNonRoot"], json!(false));

    // So the rule about the token judges what was stated.
    let mounts = json!({ "automountServiceAccountToken": true });
    let error = create(&client, &pod("mounts", json!({}), mounts))
        .await
        .err();
    let message = error.context("is created")?.to_string();
    assert!(message.contains("Pods do not mount a token."), "{message}");
    Ok(())
}

async fn create(client: &Client, pod: &Value) -> anyhow::Result<Value> {
    let pods = Api::<Pod>::namespaced(client.clone(), "web");
    let pod: Pod = serde_json::from_value(pod.clone())?;
    let made = pods.create(&PostParams::default(), &pod).await?;
    Ok(serde_json::to_value(made)?)
}

fn names(spec: &Value) -> Vec<&str> {
    let containers = spec["containers"].as_array().into_iter().flatten();
    containers.filter_map(|it| it["name"].as_str()).collect()
}

/// A Pod with one container, and more of its metadata and of its spec.
fn pod(name: &str, metadata: Value, spec: Value) -> Value {
    let mut pod = json!({
        "metadata": { "name": name },
        "spec": { "containers": [{ "name": "web", "image": "registry.example.com/web:1.4.2" }] },
    });
    for (part, more) in [("metadata", metadata), ("spec", spec)] {
        for (key, value) in more.as_object().into_iter().flatten() {
            pod[part][key] = value.clone();
        }
    }
    pod
}

/// Registers the gate for Pods, both ways, and waits until the API server calls it.
async fn register(client: &Client, gate: &Gate) -> anyhow::Result<()> {
    let ca = k8s_openapi::ByteString(fs::read(gate.ca())?);
    let webhooks = |path: &str| {
        json!({
            "metadata": { "name": "portcullis" },
            "webhooks": [{
                "name": format!("{path}.portcullis.dev"),
                "admissionReviewVersions": ["v1"],
                "sideEffects": "None",
                "failurePolicy": "Fail",
                "clientConfig": { "url": format!("https://{}/{path}", gate.address()), "caBundle": ca },
                "rules": [{
                    "apiGroups": [""],
                    "apiVersions": ["v1"],
                    "resources": ["pods"],
                    "operations": ["CREATE", "UPDATE"],
                }],
            }],
        })
    };
    let mutating: MutatingWebhookConfiguration = serde_json::from_value(webhooks("mutate"))?;
    let validating: ValidatingWebhookConfiguration = serde_json::from_value(webhooks("validate"))?;
    let params = PostParams::default();
    let all = Api::<MutatingWebhookConfiguration>::all(client.clone());
    all.create(&params, &mutating).await?;
    let all = Api::<ValidatingWebhookConfiguration>::all(client.clone());
    all.create(&params, &validating).await?;
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let pods = Api::<Pod>::namespaced(client.clone(), "web");
    let mounts = json!({ "automountServiceAccountToken": true });
    let bad: Pod = serde_json::from_value(pod("probe", json!({}), mounts))?;
    let good: Pod = serde_json::from_value(pod("probe", json!({}), json!({})))?;
    eventually("both registrations", async || {
        let denied = pods.create(&dry, &bad).await.is_err();
        let made = pods.create(&dry, &good).await.ok();
        let changed = made.and_then(|pod| pod.metadata.labels);
        Ok(changed.filter(|_| denied))
    })
    .await?;
    Ok(())
}
