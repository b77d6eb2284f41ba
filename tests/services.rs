//! Services that policies ask over HTTP: what comes of their answers, and of none.

mod support;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use futures::future::join_all;
use support::gate::Gate;
use support::https::Http;
use support::review::config_map;
use support::service::Service;

/// A ClusterPolicy that asks a service about the key of every ConfigMap, and takes its word for it.
/// `call`: more of the `apiCall`.
fn asks(name: &str, origin: &str, call: &str) -> String {
    asks_with(name, origin, "", call)
}

/// The same with more of its `service`.
fn asks_with(name: &str, origin: &str, service: &str, call: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
spec:
  validationFailureAction: Enforce
  background: false
  rules:
  - name: asks
    match:
      any:
      - resources:
          kinds: [ConfigMap]
    context:
    - name: answer
      apiCall:
        {call}
        service:
          url: \"{origin}/{{{{ request.object.data.key }}}}\"
          {service}
    validate:
      message: \"it says {{{{ answer }}}}\"
      deny:
        conditions:
          all:
          - key: \"{{{{ answer.allowed || `false` }}}}\"
            operator: NotEquals
            value: true
"
    )
}

/// A ValidatingPolicy whose message tells the `answer`.
fn expresses(name: &str, kind: &str, answer: &str) -> String {
    let namespace = match kind {
        "ValidatingPolicy" => "",
        _ => "namespace: shop",
    };
    format!(
        "apiVersion: policies.kyverno.io/v1
kind: {kind}
metadata:
  name: {name}
  {namespace}
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [configmaps]
  variables:
  - name: answer
    expression: {answer}
  validations:
  - expression: has(variables.answer.allowed) && variables.answer.allowed == true
    messageExpression: \"'it says ' + json.marshal(variables.answer)\"
"
    )
}

/// A gate with these policies.
fn serving(policies: &[&str], flags: &[&str]) -> anyhow::Result<Gate> {
    let names: Vec<_> = (0..policies.len())
        .map(|number| format!("{number}.yaml"))
        .collect();
    let rules = std::iter::zip(&names, policies).map(|(name, text)| (name.as_str(), *text));
    Gate::start(&rules.collect::<Vec<_>>(), flags)
}

/// What the gate says of a ConfigMap with this key.
async fn said(gate: &Gate, key: &str) -> anyhow::Result<(bool, String)> {
    let mut connection = gate.connect(Http::One).await?;
    let reply = connection.post("/validate", config_map(key)).await?;
    reply.verdict().context("a verdict")
}

/// An empty text: allowed.
async fn check(gate: &Gate, key: &str, expect: &str) -> anyhow::Result<()> {
    let (allowed, message) = said(gate, key).await?;
    assert_eq!(allowed, expect.is_empty(), "{key}: {message}");
    assert!(message.contains(expect), "{key}: {message}");
    Ok(())
}

#[tokio::test]
async fn context_entries_ask() -> anyhow::Result<()> {
    let service = Service::start().await?;
    let origin = service.origin();
    let dir = tempfile::tempdir()?;
    let token = dir.path().join("token");
    fs::write(&token, "secret\n")?;
    let headers = "headers: [{key: X-Team, value: \"{{ request.namespace }}\"}]";
    let data =
        "method: POST\n        data: [{key: name, value: \"{{ request.object.metadata.name }}\"}]";
    let posts = asks_with("posts", &origin, headers, data);
    let gate = serving(
        &[&asks("asks", &origin, "method: GET")],
        &[
            "--maxAPICallResponseLength=4000",
            "--api-call-token",
            &token.to_string_lossy(),
        ],
    )?;
    check(&gate, "allowed", "").await?;
    check(&gate, "moved", "").await?;
    check(&gate, "denied", r#"it says {"allowed":false}"#).await?;
    check(&gate, "echo", "GET Bearer secret - -").await?;
    check(&gate, "number", "it says 7").await?;
    check(&gate, "text", "the response is no JSON").await?;
    check(&gate, "long", "the response is longer than 4000 bytes").await?;
    check(&gate, "lost", "unsupported protocol scheme \"file\"").await?;
    check(
        &gate,
        "broken",
        "HTTP 500 Internal Server Error: out of order",
    )
    .await?;
    let missing = r#"HTTP 404 Not Found: {"reason": "no such page"}"#;
    check(&gate, "missing", missing).await?;

    let gate = serving(&[&posts], &[])?;
    let told = r#"POST - application/json shop {\"name\":\"settings\"}"#;
    check(&gate, "echo", told).await
}

#[tokio::test]
async fn expressions_ask() -> anyhow::Result<()> {
    let service = Service::start().await?;
    let origin = service.origin();
    let get = format!("http.Get('{origin}/' + object.data.key)");
    let post = format!("\"http.Post('{origin}/echo', {{'a': [1]}}, {{'X-Team': 'b'}})\"");
    let anybody = ["--httpBlocklist=nobody.invalid"];
    let gate = serving(&[&expresses("asks", "ValidatingPolicy", &get)], &anybody)?;
    check(&gate, "allowed", "").await?;
    check(
        &gate,
        "denied",
        r#"it says {"allowed":false,"statusCode":200}"#,
    )
    .await?;
    check(&gate, "number", r#"it says {"body":7,"statusCode":200}"#).await?;
    check(&gate, "text", r#"it says {"body":null,"statusCode":200}"#).await?;
    check(&gate, "broken", r#"it says {"body":null,"statusCode":500}"#).await?;
    check(&gate, "missing", r#""statusCode":404"#).await?;

    let posts = expresses("posts", "ValidatingPolicy", &post);
    let gate = serving(&[&posts], &anybody)?;
    // Neither a token nor a type that nobody stated.
    check(&gate, "any", r#"POST - - b {\"a\":[1]}"#).await?;
    assert_eq!(service.asked("/echo"), 1, "posted once for one review");

    // As it is, nobody asks this machine; a namespace's policy asks nobody.
    let gate = serving(&[&posts], &[])?;
    check(&gate, "any", "request failed: Post").await?;
    check(&gate, "any", "address `127.0.0.1` is blocked").await?;
    let own = expresses("own", "NamespacedValidatingPolicy", &get);
    let gate = serving(&[&own], &anybody)?;
    check(
        &gate,
        "allowed",
        "http.* is not allowed in namespaced policies",
    )
    .await?;
    let [anybody] = anybody;
    let gate = serving(&[&own], &[anybody, "--allowHTTPInNamespacedPolicies=true"])?;
    check(&gate, "allowed", "").await
}

#[tokio::test]
async fn only_those_are_trusted_who_are_vouched_for() -> anyhow::Result<()> {
    let service = Service::start_tls().await?;
    let origin = service.origin();
    let bundle =
        |pem: &str| format!("caBundle: {:?}", pem.replace('\n', "\\n")).replace("\\\\n", "\\n");
    let own = bundle(&service.authority);
    let other = bundle(&Service::start_tls().await?.authority);
    for (service, expect) in [
        (own.as_str(), ""),
        (other.as_str(), "invalid peer certificate"),
        ("", "invalid peer certificate: UnknownIssuer"),
        ("caBundle: none", "failed to parse the PEM of the CA bundle"),
    ] {
        let policy = asks_with("asks", &origin, service, "");
        let gate = serving(&[&policy], &[])?;
        check(&gate, "allowed", expect).await.context(expect)?;
    }
    let pem = service.authority.replace('\n', "\\n");
    let answer = format!("\"http.Client('{pem}').Get('{origin}/allowed')\"");
    let gate = serving(
        &[&expresses("asks", "ValidatingPolicy", &answer)],
        &["--httpBlocklist=nobody.invalid"],
    )?;
    check(&gate, "any", "").await
}

/// One answer serves a whole review, and all who wait for the same; what is posted is posted by each.
#[tokio::test]
async fn the_same_is_asked_once() -> anyhow::Result<()> {
    let service = Service::start().await?;
    let origin = service.origin();
    let get = |name| asks(name, &origin, "method: GET");
    let gate = serving(&[&get("a"), &get("b")], &[])?;
    let both = join_all([check(&gate, "slow", ""), check(&gate, "slow", "")]);
    both.await.into_iter().collect::<anyhow::Result<()>>()?;
    assert_eq!(service.asked("/slow"), 1);
    check(&gate, "slow", "").await?;
    assert_eq!(service.asked("/slow"), 2, "an answer is for its time");

    let post = asks("posts", &origin, "method: POST\n        data: []");
    let gate = serving(&[&post], &[])?;
    let both = join_all([check(&gate, "slow", ""), check(&gate, "slow", "")]);
    both.await.into_iter().collect::<anyhow::Result<()>>()?;
    assert_eq!(service.asked("/slow"), 4);
    Ok(())
}

/// Who waits for it waits until its time is over; nobody else does. Then nobody asks it for a while.
#[tokio::test]
async fn a_service_that_hangs() -> anyhow::Result<()> {
    let service = Service::start().await?;
    let policy = asks("asks", &service.origin(), "method: GET");
    let gate = serving(&[&policy], &["--max-latency", "3s"])?;
    let started = Instant::now();
    let hanging = join_all((0..5).map(|_| said(&gate, "hangs")));
    let others = async {
        let mut slowest = Duration::ZERO;
        for _ in 0..10 {
            let begun = Instant::now();
            check(&gate, "allowed", "").await?;
            slowest = slowest.max(begun.elapsed());
        }
        anyhow::Ok((slowest, started.elapsed()))
    };
    let (hanging, others) = futures::join!(hanging, others);
    let took = started.elapsed();
    for verdict in hanging {
        let (allowed, message) = verdict?;
        assert!(!allowed && message.contains("failing closed"), "{message}");
    }
    let (slowest, all) = others?;
    assert!(took >= Duration::from_millis(2_500), "{took:?}");
    assert!(
        all < took,
        "ten others took {all:?}, the slowest {slowest:?}"
    );

    // Sometimes one is sent to see whether it answers again.
    let mut quick = None;
    for _ in 0..5 {
        let begun = Instant::now();
        let (allowed, message) = said(&gate, "hangs").await?;
        assert!(!allowed, "{message}");
        if message.contains("times in a row and is not asked for now") {
            quick = Some(begun.elapsed());
            break;
        }
    }
    let quick = quick.context("it is left alone")?;
    assert!(quick < Duration::from_millis(2_000), "{quick:?}");
    let status = gate.status().await?;
    let troubled = status.pointer("/facts/troubled/0").context("a source")?;
    let expect = format!("service `{}`", service.origin());
    assert_eq!(
        troubled.pointer("/source").and_then(|it| it.as_str()),
        Some(expect.as_str())
    );
    assert!(troubled.pointer("/leftAloneMs").is_some(), "{troubled}");
    let metrics = gate.connect(Http::One).await?.get("/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    let line = r#"portcullis_fact_fetches_total{source="service",how="answered"} "#;
    assert!(metrics.contains(line), "{metrics}");
    Ok(())
}

/// A service that only fails is left alone too, and what a policy states for that case holds.
#[tokio::test]
async fn a_service_that_fails() -> anyhow::Result<()> {
    let service = Service::start().await?;
    let lenient = asks("lenient", &service.origin(), "default: {allowed: true}");
    let gate = serving(&[&lenient], &[])?;
    for _ in 0..8 {
        check(&gate, "broken", "").await?;
    }
    assert_eq!(service.asked("/broken"), 5);
    // Nobody is there at all.
    let nobody = asks("nobody", "http://127.0.0.1:1", "default: {allowed: true}");
    let gate = serving(&[&nobody], &[])?;
    check(&gate, "any", "").await?;
    let strict = asks("strict", "http://127.0.0.1:1", "");
    let gate = serving(&[&strict], &[])?;
    check(&gate, "any", "Connection refused").await
}
