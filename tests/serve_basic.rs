//! The gate over real TLS: its pages, its verdicts, and whatever clients may send instead.

mod support;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use serde_json::json;
use support::gate::Gate;
use support::https::{Http, shake_hands};
use support::review::{config_map, policy, review};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

#[tokio::test]
async fn verdicts_over_both_protocols() -> anyhow::Result<()> {
    let gate = Gate::start(&[("a.yaml", &policy("want-good", "good"))], &[])?;
    for http in [Http::One, Http::Two] {
        let mut connection = gate.connect(http).await?;
        for path in ["/validate", "/validate/x?timeout=10s"] {
            let reply = connection.post(path, config_map("good")).await?;
            assert_eq!(reply.status, 200, "{http:?} {path}");
            let response = &reply.json()["response"];
            assert_eq!(response["uid"], "00000000-0000-4000-8000-000000000001");
            assert_eq!(
                reply.verdict(),
                Some((true, String::new())),
                "{http:?} {path}"
            );

            let reply = connection.post(path, config_map("bad")).await?;
            let (allowed, message) = reply.verdict().context("a verdict")?;
            assert!(!allowed, "{http:?} {path}");
            let expect = "validation error: key must be good. rule key failed at path /data/key/";
            assert!(message.contains(expect), "{message}");
        }
        let reply = connection.post("/mutate", config_map("bad")).await?;
        assert_eq!(reply.verdict(), Some((true, String::new())), "{http:?}");
    }
    Ok(())
}

/// Policies with rules and policies written in CEL answer one review with one patch.
#[tokio::test]
async fn patches_of_both_groups() -> anyhow::Result<()> {
    let rule = "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: rule
spec:
  rules:
  - name: key
    match:
      any:
      - resources:
          kinds:
          - ConfigMap
    mutate:
      patchStrategicMerge:
        data:
          key: mended
";
    let cel = "apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata:
  name: cel
spec:
  matchConstraints:
    resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [configmaps]
  matchConditions:
  - name: not-done
    expression: object.data.key != 'done'
  mutations:
  - patchType: JSONPatch
    jsonPatch:
      expression: \"[JSONPatch{op: 'add', path: '/data/was', value: object.data.key}]\"
";
    let targets = cel.replace("name: cel", "name: later").replace(
        "  matchConditions",
        "  targetMatchConstraints:
    resourceRules:
    - apiGroups: ['']
      apiVersions: [v1]
      operations: [CREATE]
      resources: [secrets]
  matchConditions",
    );
    let files = [("a.yaml", rule), ("b.yaml", cel), ("c.yaml", &targets)];
    let gate = Gate::start(&files, &[])?;
    for http in [Http::One, Http::Two] {
        let mut connection = gate.connect(http).await?;
        let reply = connection.post("/mutate", config_map("bad")).await?;
        assert_eq!(reply.verdict(), Some((true, String::new())), "{http:?}");
        let patch = reply.json()["response"]["patch"].clone();
        let patch = STANDARD.decode(patch.as_str().context("a patch")?)?;
        let patch: serde_json::Value = serde_json::from_slice(&patch)?;
        // Of the data nothing stays, so that one operation is the shortest patch.
        let data = json!({ "key": "mended", "was": "mended" });
        let expect = json!([{ "op": "replace", "path": "/data", "value": data }]);
        assert_eq!(patch, expect, "{http:?}");
    }
    let status = gate.status().await?;
    assert_eq!(status["program"]["policies"], 3, "{status}");
    let policies = status["policies"].as_array().context("policies")?;
    let noted = policies.iter().filter(|policy| {
        let notes = policy["notes"].as_array();
        notes.is_some_and(|notes| !notes.is_empty())
    });
    let noted: Vec<_> = noted.map(|policy| &policy["name"]).collect();
    assert_eq!(noted, [&json!("later")], "{status}");
    Ok(())
}

#[tokio::test]
async fn pages() -> anyhow::Result<()> {
    let typo = policy("typo", "x").replace("validate:", "validat:");
    let rules = [("a.yaml", policy("fine", "good")), ("b.yaml", typo)];
    let rules = rules.each_ref().map(|(name, text)| (*name, text.as_str()));
    let gate = Gate::start(&rules, &[])?;
    let mut connection = gate.connect(Http::Two).await?;
    for (path, status, text) in [
        ("/livez", 200, "ok"),
        ("/readyz", 200, "ok"),
        ("/metrics", 200, "portcullis_policies{state=\"ready\"} 1\n"),
        ("/validate", 405, "POST only"),
        ("/", 404, "/validate and /mutate"),
    ] {
        let reply = connection.get(path).await?;
        assert_eq!(reply.status, status, "{path}");
        let body = String::from_utf8_lossy(&reply.body);
        assert!(body.contains(text), "{path}: {body}");
    }
    let status = gate.status().await?;
    assert_eq!(status["ready"], true);
    assert_eq!(status["program"]["policies"], 1);
    let [fine, typo] = [0, 1].map(|index| &status["policies"][index]);
    assert_eq!(
        (&fine["name"], &fine["ready"]),
        (&json!("fine"), &json!(true))
    );
    assert_eq!(
        (&typo["name"], &typo["ready"]),
        (&json!("typo"), &json!(false))
    );
    assert_eq!(typo["errors"][0]["line"], 14, "{typo}");
    assert_eq!(typo["errors"][0]["column"], 5, "{typo}");
    Ok(())
}

/// Each kind of bad input gets its clear error, and the gate answers the next good one.
#[tokio::test]
async fn bad_input() -> anyhow::Result<()> {
    let gate = Gate::start(&[("a.yaml", &policy("want-good", "good"))], &[])?;
    let whole = config_map("good");
    let deep =
        review(&json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" } }))
            .replace(
                "\"name\":\"x\"}}",
                &format!(
                    "\"name\":\"x\"}},\"data\":{}1{}}}",
                    "[".repeat(5_000),
                    "]".repeat(5_000)
                ),
            );
    let cases = [
        ("nothing", String::new(), 400),
        ("no JSON", "hello".to_owned(), 400),
        ("half a review", whole[..whole.len() / 2].to_owned(), 400),
        ("something behind it", format!("{whole}}}"), 400),
        ("a list", "[]".to_owned(), 400),
        (
            "another kind",
            whole.replace("\"AdmissionReview\"", "\"ConversionReview\""),
            400,
        ),
        (
            "another version",
            whole.replace("admission.k8s.io/v1", "admission.k8s.io/v1beta1"),
            400,
        ),
        ("no uid", whole.replace("\"uid\"", "\"id\""), 400),
        (
            "no request",
            whole.replace("\"request\"", "\"question\""),
            400,
        ),
        (
            "not UTF-8 text, escaped halves",
            whole.replace("good", "\\ud800"),
            400,
        ),
        ("nested too deep", deep, 400),
        (
            "50 MB",
            format!("{{\"a\":\"{}\"}}", "x".repeat(50_000_000)),
            413,
        ),
    ];
    for http in [Http::One, Http::Two] {
        let mut connection = gate.connect(http).await?;
        for (case, body, status) in &cases {
            let context = || format!("{http:?}: {case}");
            let reply = connection
                .post("/validate", body.clone())
                .await
                .with_context(context)?;
            assert_eq!(reply.status, *status, "{http:?}: {case}: {reply:?}");
            let error = reply.json()["error"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            assert!(error.len() > 10, "{http:?}: {case}: {error}");
            if reply.last {
                connection = gate.connect(http).await?;
            }
        }
        let form = Request::post(match http {
            Http::One => "/validate".to_owned(),
            Http::Two => format!("https://{}/validate", gate.address()),
        });
        let form = form
            .header("host", "localhost")
            .header("content-type", "text/plain");
        let reply = connection
            .send(form.body(Full::new(Bytes::from(whole.clone())))?)
            .await?;
        assert_eq!(reply.status, 415);
        let reply = connection.post("/validate", whole.clone()).await?;
        assert_eq!(
            reply.verdict(),
            Some((true, String::new())),
            "{http:?}: the next good one"
        );
    }
    Ok(())
}

/// What ordinary HTTP clients do not do.
#[tokio::test]
async fn raw_connections() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &["--max-latency", "300ms"])?;
    let head = "POST /validate HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    let cases = [
        (
            "a body that stops",
            format!("{head}content-length: 100\r\n\r\n{{"),
            "408",
        ),
        (
            "a length that is none",
            format!("{head}content-length: many\r\n\r\n"),
            "400",
        ),
        (
            "an announced flood",
            format!("{head}content-length: 99999999999\r\n\r\n"),
            "413",
        ),
        (
            "a refused invitation",
            format!("{head}expect: 100-continue\r\ncontent-length: 99999999999\r\n\r\n"),
            "413",
        ),
    ];
    for (case, text, status) in cases {
        let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
        stream.write_all(text.as_bytes()).await?;
        let mut line = [0; 12];
        stream.read_exact(&mut line).await.context(case)?;
        assert_eq!(
            String::from_utf8_lossy(&line),
            format!("HTTP/1.1 {status}"),
            "{case}"
        );
    }
    // A flood that never comes does not keep its connection.
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    let flood = format!("{head}content-length: 99999999999\r\n\r\n");
    stream.write_all(flood.as_bytes()).await?;
    let mut answer = Vec::new();
    timeout(Duration::from_secs(20), stream.read_to_end(&mut answer)).await??;
    assert!(answer.starts_with(b"HTTP/1.1 413"), "{answer:?}");
    // Not even HTTP: said so, and closed.
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    stream.write_all(b"hello\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    // Cut off in the middle: nobody is there to be answered.
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    stream
        .write_all(format!("{head}content-length: 100\r\n\r\n{{").as_bytes())
        .await?;
    drop(stream);
    let reply = gate.connect(Http::One).await?.get("/livez").await?;
    assert_eq!(reply.status, 200);
    Ok(())
}

/// A client that speaks HTTP/2 without having agreed on it gets no HTTP/2.
#[tokio::test]
async fn the_handshake_decides_the_protocol() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &[])?;
    let mut stream = shake_hands(gate.address(), &gate.ca(), Http::One).await?;
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
        "{answer}"
    );
    Ok(())
}

#[test]
fn starting_with_what_is_not_there() {
    let error = |flags: &[&str]| {
        let error = Gate::start::<&str>(&[], flags).err();
        error.map(|error| error.to_string()).unwrap_or_default()
    };
    let text = error(&["--rules", "/nowhere"]);
    assert!(text.contains("cannot read `/nowhere`"), "{text}");
    let text = error(&["--tls-cert", "/no.crt", "--tls-key", "/no.key"]);
    assert!(text.contains("cannot read `/no.crt`"), "{text}");
}

/// Start to ready, with a thousand policies.
#[test]
fn a_thousand_policies_are_soon_in_force() -> anyhow::Result<()> {
    let text: Vec<_> = (0..1000)
        .map(|number| policy(&format!("p{number}"), "good"))
        .collect();
    let start = Instant::now();
    let _gate = Gate::start(&[("all.yaml", &text.join("---\n"))], &[])?;
    let elapsed = start.elapsed();
    // Generous: a debug build on a busy machine. A release build takes well under 300 ms.
    assert!(elapsed < Duration::from_secs(20), "{elapsed:?}");
    Ok(())
}
