//! What policies look up in a real cluster while they decide.

mod support;

use anyhow::Context as _;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, PostParams};
use serde_json::json;

use support::cluster::{Cluster, Controllers};
use support::gate::Gate;
use support::https::Http;
use support::review::review;

/// The colour must be the one that a ConfigMap allows; the message counts them through the API.
const POLICY: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: colours
spec:
  rules:
  - name: allowed-colour
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
    context:
    - name: colours
      configMap:
        name: colours
        namespace: facts
    - name: count
      apiCall:
        urlPath: /api/v1/namespaces/facts/configmaps
        jmesPath: items | length(@)
    validate:
      failureAction: Enforce
      message: "{{ colours.data.allowed }} is allowed, among {{ count }}"
      deny:
        conditions:
          any:
          - key: "{{ request.object.data.colour }}"
            operator: NotEquals
            value: "{{ colours.data.allowed }}"
"#;

/// Nothing is painted pink in namespaces of the gold tier.
const LABELLED: &str = r#"
apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: gold
spec:
  rules:
  - name: not-pink
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
          namespaceSelector:
            matchLabels:
              tier: gold
    validate:
      failureAction: Enforce
      message: not here
      pattern:
        data:
          colour: "!pink"
"#;

#[tokio::test]
async fn config_maps_and_api_calls() -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let client = cluster.client().await?;
    let space: Namespace = serde_json::from_value(json!({
        "metadata": { "name": "facts", "labels": { "tier": "gold" } },
    }))?;
    let spaces = Api::<Namespace>::all(client.clone());
    spaces.create(&PostParams::default(), &space).await?;
    let colours: ConfigMap = serde_json::from_value(json!({
        "metadata": { "name": "colours" },
        "data": { "allowed": "green" },
    }))?;
    let maps = Api::<ConfigMap>::namespaced(client, "facts");
    maps.create(&PostParams::default(), &colours).await?;

    let kubeconfig = cluster.kubeconfig().to_string_lossy();
    let gate = Gate::start(&[("p.yaml", POLICY)], &["--kubeconfig", &kubeconfig])?;
    let mut connection = gate.connect(Http::Two).await?;
    let denied = "green is allowed, among 1";
    for (colour, expect) in [("green", None), ("pink", Some(denied))] {
        let reply = connection
            .post("/validate?timeout=10s", paint(colour))
            .await?;
        let (allowed, message) = reply.verdict().context("a verdict")?;
        assert_eq!(allowed, expect.is_none(), "{colour}: {message}");
        assert!(message.contains(expect.unwrap_or_default()), "{message}");
    }

    let labelled = Gate::start(&[("q.yaml", LABELLED)], &["--kubeconfig", &kubeconfig])?;
    let mut connection = labelled.connect(Http::One).await?;
    for (colour, expect) in [("green", true), ("pink", false)] {
        let reply = connection.post("/validate", paint(colour)).await?;
        let (allowed, message) = reply.verdict().context("a verdict")?;
        assert_eq!(allowed, expect, "{colour}: {message}");
    }

    // Without its cluster the gate cannot know, and says so.
    let alone = Gate::start(&[("p.yaml", POLICY)], &[])?;
    let reply = alone
        .connect(Http::Two)
        .await?
        .post("/validate", paint("green"))
        .await?;
    let (allowed, message) = reply.verdict().context("a verdict")?;
    assert!(
        !allowed && message.contains("no source for configmap `facts/colours`"),
        "{message}"
    );
    Ok(())
}

fn paint(colour: &str) -> String {
    review(&json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": "paint", "namespace": "facts" },
        "data": { "colour": colour },
    }))
}
