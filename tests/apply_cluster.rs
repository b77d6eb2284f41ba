//! `apply --cluster`: policies on the objects of a real API server, and facts read from it.

mod support;

use std::process::Command;

use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{Api, PostParams};
use serde_json::{Value, json};

use support::cluster::Cluster;

/// Allows the colours that a ConfigMap of the same namespace lists.
const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: listed-colours}
spec:
  rules:
  - name: colour
    match: {any: [{resources: {kinds: [ConfigMap], names: ["paint-*"]}}]}
    context:
    - name: allowed
      configMap: {name: colours, namespace: "{{ request.namespace }}"}
    validate:
      message: "{{ request.object.data.colour }} is not listed"
      deny:
        conditions:
        - key: "{{ request.object.data.colour }}"
          operator: AnyNotIn
          value: "{{ allowed.data.list }}"
"#;

#[tokio::test]
async fn objects_and_facts_come_from_the_cluster() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let namespace = cluster.namespace("apply").await?;
    let maps = Api::<ConfigMap>::namespaced(cluster.client().await?, &namespace);
    for (name, data) in [
        ("colours", json!({"list": "[\"red\", \"blue\"]"})),
        ("paint-good", json!({"colour": "blue"})),
        ("paint-bad", json!({"colour": "grey"})),
    ] {
        let map = json!({"metadata": {"name": name}, "data": data});
        maps.create(&PostParams::default(), &serde_json::from_value(map)?)
            .await?;
    }
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy.yaml");
    std::fs::write(&policy, POLICY)?;
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args([
            "apply",
            "--cluster",
            "-p",
            "--output-format",
            "json",
            "-n",
            &namespace,
        ])
        .arg("--kubeconfig")
        .arg(cluster.kubeconfig())
        .arg(&policy)
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.code() == Some(1),
        "one object is not as it should be\n{printed}\n{said}"
    );
    let report: Value = serde_json::from_str(printed.trim_start_matches("---"))?;
    let results = report["results"].as_array().cloned().unwrap_or_default();
    let mut seen: Vec<_> = results
        .iter()
        .map(|result| {
            [
                &result["resources"][0]["name"],
                &result["result"],
                &result["message"],
            ]
            .map(ToString::to_string)
        })
        .collect();
    seen.sort();
    let expected = [
        ["paint-bad", "fail", "grey is not listed"],
        ["paint-good", "pass", "validation rule 'colour' passed."],
    ];
    assert_eq!(
        seen,
        expected.map(|row| row.map(|text| format!("\"{text}\"")))
    );
    Ok(())
}

/// ConfigMaps say how many replicas a StatefulSet has.
const SIZES: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: sizes}
spec:
  rules:
  - name: scale
    match: {any: [{resources: {kinds: [ConfigMap], names: ["size-*"]}}]}
    mutate:
      targets:
      - apiVersion: apps/v1
        kind: StatefulSet/scale
        namespace: "{{ request.namespace }}"
        name: "{{ request.object.data.of }}"
      patchStrategicMerge: {spec: {replicas: 3}}
"#;

/// What a rule would make of existing objects is shown, and nothing is written.
#[tokio::test]
async fn targets_are_looked_for_in_the_cluster() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::shared()? else {
        return Ok(());
    };
    let namespace = cluster.namespace("targets").await?;
    let labels = json!({ "app": "store" });
    let set = json!({
        "metadata": { "name": "store" },
        "spec": {
            "replicas": 1,
            "serviceName": "store",
            "selector": { "matchLabels": labels },
            "template": {
                "metadata": { "labels": labels },
                "spec": { "containers": [{ "name": "c", "image": "none" }] },
            },
        },
    });
    let sets = Api::<StatefulSet>::namespaced(cluster.client().await?, &namespace);
    sets.create(&PostParams::default(), &serde_json::from_value(set)?)
        .await?;
    let maps = Api::<ConfigMap>::namespaced(cluster.client().await?, &namespace);
    for (name, of) in [("size-a", "store"), ("size-b", "nobody")] {
        let map = json!({"metadata": {"name": name}, "data": { "of": of }});
        maps.create(&PostParams::default(), &serde_json::from_value(map)?)
            .await?;
    }
    let folder = tempfile::tempdir()?;
    let policy = folder.path().join("policy.yaml");
    std::fs::write(&policy, SIZES)?;
    let output = Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(["apply", "--cluster", "-n", &namespace, "--kubeconfig"])
        .arg(cluster.kubeconfig())
        .arg(&policy)
        .output()?;
    let printed = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(output.status.success(), "{printed}\n{said}");
    let shown: Vec<_> = printed
        .split("---")
        .filter(|text| text.contains("kind: Scale"))
        .collect();
    anyhow::ensure!(
        matches!(shown.as_slice(), [one] if one.contains("replicas: 3") && one.contains("name: store")),
        "one scale, as it would be\n{printed}\n{said}"
    );
    let scale = sets.get_scale("store").await?.spec;
    anyhow::ensure!(
        scale.and_then(|spec| spec.replicas) == Some(1),
        "nothing is written"
    );
    Ok(())
}
