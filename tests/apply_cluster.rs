//! `apply --cluster`: policies on the objects of a real API server, and facts read from it.

mod support;

use std::process::Command;

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
