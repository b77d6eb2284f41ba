//! Answers in time, whatever policies and sources of facts take, and what is said then.

mod support;

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use support::gate::Gate;
use support::https::{Http, Reply};
use support::review::{config_map, policy, review};
use tokio::time::sleep;

/// A rule that needs a ConfigMap, in a policy with these settings.
fn needs_a_fact(name: &str, settings: &str) -> String {
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
spec:
  validationFailureAction: Enforce
  {settings}
  rules:
  - name: looks-up
    match:
      any:
      - resources:
          kinds: [ConfigMap]
    context:
    - name: colours
      configMap: {{name: colours, namespace: facts}}
    validate:
      message: another colour
      deny:
        conditions:
          all:
          - key: \"{{{{ colours.data.allowed }}}}\"
            operator: NotEquals
            value: green
"
    )
}

/// A rule that takes about a million steps for every ConfigMap, which then is as it should be.
fn takes_long(name: &str) -> String {
    let part = "length(join('', map(&to_string(@), keys(request.object.data))))";
    format!(
        "apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata:
  name: {name}
spec:
  validationFailureAction: Enforce
  rules:
  - name: counts
    match:
      any:
      - resources:
          kinds: [ConfigMap]
    validate:
      message: never
      foreach:
      - list: keys(request.object.data)
        deny:
          conditions:
            all:
            - key: \"{{{{ {part} }}}}\"
              operator: Equals
              value: 0
"
    )
}

fn start(rules: &[(&str, String)], flags: &[&str]) -> anyhow::Result<Gate> {
    let rules: Vec<_> = rules
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    Gate::start(&rules, flags)
}

/// An API server that takes connections and says nothing.
struct Mute {
    _listener: TcpListener,
    _dir: tempfile::TempDir,
    kubeconfig: PathBuf,
}

fn mute() -> anyhow::Result<Mute> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let dir = tempfile::tempdir()?;
    let kubeconfig = dir.path().join("kubeconfig");
    let server = format!("http://{}", listener.local_addr()?);
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{ "name": "c", "cluster": { "server": server } }],
        "users": [{ "name": "u", "user": {} }],
        "contexts": [{ "name": "x", "context": { "cluster": "c", "user": "u" } }],
        "current-context": "x",
    });
    fs::write(&kubeconfig, config.to_string())?;
    Ok(Mute {
        _listener: listener,
        _dir: dir,
        kubeconfig,
    })
}

#[tokio::test]
async fn a_source_that_hangs_delays_only_the_rules_that_need_it() -> anyhow::Result<()> {
    let mute = mute()?;
    let rules = [
        ("closed.yaml", needs_a_fact("closed", "")),
        (
            "own.yaml",
            policy("want-good", "good").replace("[ConfigMap]", "[ConfigMap, Secret]"),
        ),
    ];
    let kubeconfig = mute.kubeconfig.to_string_lossy();
    let gate = start(
        &rules,
        &["--kubeconfig", &kubeconfig, "--log-level", "debug"],
    )?;
    let mut waiting = gate.connect(Http::Two).await?;
    let waiting = tokio::spawn(async move {
        let started = Instant::now();
        let reply = waiting
            .post("/validate?timeout=2s", config_map("good"))
            .await?;
        anyhow::Ok((reply, started.elapsed()))
    });
    sleep(Duration::from_millis(100)).await;
    // Others do not wait.
    let secret =
        review(&json!({ "apiVersion": "v1", "kind": "Secret", "metadata": { "name": "s" } }));
    let started = Instant::now();
    let reply = gate
        .connect(Http::Two)
        .await?
        .post("/validate?timeout=2s", secret)
        .await?;
    assert_eq!(
        reply.verdict().map(|verdict| verdict.0),
        Some(true),
        "{reply:?}"
    );
    assert!(
        started.elapsed() < Duration::from_millis(1_500),
        "{:?}",
        started.elapsed()
    );

    let (reply, took) = waiting.await??;
    let (allowed, message) = reply.verdict().context("a verdict")?;
    assert!(!allowed);
    let expect = "looks-up: configmap `facts/colours` did not arrive within its budget of 1.9s; failing closed";
    assert!(
        message.contains(&format!("closed:\n  {expect}")),
        "{message}"
    );
    assert!(
        !message.contains("want-good"),
        "decided, and satisfied: {message}"
    );
    assert!(
        took > Duration::from_millis(1_500) && took < Duration::from_secs(3),
        "{took:?}"
    );
    let note = &reply.json()["response"]["auditAnnotations"]["portcullis-undecided"];
    assert!(
        note.as_str()
            .unwrap_or_default()
            .starts_with("closed/looks-up: "),
        "{note}"
    );

    // What was decided counts, however long the rest takes.
    let reply = gate.connect(Http::One).await?;
    let mut reply = reply;
    let reply = reply
        .post("/validate?timeout=1s", config_map("bad"))
        .await?;
    let (_, message) = reply.verdict().context("a verdict")?;
    assert!(
        message.contains("key must be good") && message.contains("failing closed"),
        "{message}"
    );
    has_metric(
        &gate,
        "portcullis_undecided_policies_total{mode=\"closed\",cause=\"deadline\"} 2",
    )
    .await
}

#[tokio::test]
async fn policies_fail_open_or_have_less_time_where_they_say_so() -> anyhow::Result<()> {
    let mute = mute()?;
    let rules = [
        ("open.yaml", needs_a_fact("open", "failurePolicy: Ignore")),
        (
            "short.yaml",
            needs_a_fact("short", "failurePolicy: Ignore\n  webhookTimeoutSeconds: 1"),
        ),
    ];
    let kubeconfig = mute.kubeconfig.to_string_lossy();
    let gate = start(&rules, &["--kubeconfig", &kubeconfig])?;
    let mut connection = gate.connect(Http::Two).await?;
    let reply = connection
        .post("/validate?timeout=2s", config_map("good"))
        .await?;
    assert_eq!(
        reply.verdict().map(|verdict| verdict.0),
        Some(true),
        "{reply:?}"
    );
    let warnings = reply.json()["response"]["warnings"].to_string();
    for (name, budget) in [("open", "1.9s"), ("short", "1s")] {
        let expect = format!(
            "policy {name}.looks-up: configmap `facts/colours` did not arrive within its budget of {budget}; failing open"
        );
        assert!(warnings.contains(&expect), "{warnings}");
    }
    has_metric(
        &gate,
        "portcullis_undecided_policies_total{mode=\"open\",cause=\"deadline\"} 2",
    )
    .await
}

/// A policy that has less time than a source takes for another one still says what it knows.
#[tokio::test]
async fn what_was_decided_at_once_counts_when_the_others_are_done() -> anyhow::Result<()> {
    let mute = mute()?;
    let own = policy("own", "good").replace(
        "spec:",
        "spec:\n  webhookTimeoutSeconds: 1\n  failurePolicy: Ignore",
    );
    let rules = [
        ("open.yaml", needs_a_fact("open", "failurePolicy: Ignore")),
        ("own.yaml", own),
    ];
    let kubeconfig = mute.kubeconfig.to_string_lossy();
    let gate = start(&rules, &["--kubeconfig", &kubeconfig])?;
    let mut connection = gate.connect(Http::Two).await?;
    let reply = connection
        .post("/validate?timeout=2s", config_map("bad"))
        .await?;
    let (allowed, message) = reply.verdict().context("a verdict")?;
    assert!(
        !allowed && message.contains("key must be good"),
        "{reply:?}"
    );
    Ok(())
}

#[tokio::test]
async fn evaluation_ends_at_the_deadline() -> anyhow::Result<()> {
    let many: Vec<_> = (0..100)
        .map(|number| takes_long(&format!("long-{number}")))
        .collect();
    let rules = [
        ("long.yaml", many.join("---\n")),
        ("own.yaml", policy("a-first", "good")),
    ];
    let gate = start(&rules, &[])?;
    let data: serde_json::Map<_, _> = (0..400)
        .map(|number| (format!("key-{number}"), json!("x")))
        .collect();
    let body = review(&json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": { "name": "big", "namespace": "shop" }, "data": data,
    }));
    let mut connection = gate.connect(Http::Two).await?;
    let started = Instant::now();
    let reply = connection.post("/validate?timeout=1s", body).await?;
    let took = started.elapsed();
    let (allowed, message) = reply.verdict().context("a verdict")?;
    assert!(!allowed);
    assert!(
        message.contains("a-first:\n  key: 'validation error: key must be good"),
        "{message}"
    );
    let late = "counts: not decided within its budget of 900ms; failing closed";
    assert_eq!(message.matches(late).count(), 16, "{message}");
    assert!(
        message.ends_with("other policies were not evaluated either"),
        "{message}"
    );
    // The time is looked at every fraction of a millisecond; the rest is for a busy machine.
    assert!(took < Duration::from_millis(1_500), "{took:?}");
    has_metric(&gate, "portcullis_deadline_hits_total 1").await
}

#[tokio::test]
async fn settings_are_in_force_as_soon_as_they_are_written() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("settings.yaml");
    fs::write(
        &path,
        "failureModes:\n- {policies: [closed], namespaces: [shop], mode: Ignore}\n",
    )?;
    let mute = mute()?;
    let rules = [
        ("closed.yaml", needs_a_fact("closed", "")),
        ("own.yaml", policy("own", "good")),
    ];
    let (kubeconfig, file) = (mute.kubeconfig.to_string_lossy(), path.to_string_lossy());
    let gate = start(&rules, &["--kubeconfig", &kubeconfig, "--settings", &file])?;
    let mut connection = gate.connect(Http::Two).await?;
    let reply = connection
        .post("/validate?timeout=500ms", config_map("good"))
        .await?;
    assert_eq!(
        reply.verdict().map(|verdict| verdict.0),
        Some(true),
        "{reply:?}"
    );

    // The emergency switch.
    let reply = connection
        .post("/validate?timeout=500ms", config_map("bad"))
        .await?;
    assert_eq!(
        reply.verdict().map(|verdict| verdict.0),
        Some(false),
        "{reply:?}"
    );
    fs::write(&path, "auditEverything: true\n")?;
    let reply = until(&gate, |reply| {
        reply.verdict().is_some_and(|verdict| verdict.0)
    })
    .await?;
    let response = &reply.json()["response"];
    let warnings = response["warnings"].to_string();
    assert!(
        warnings.contains("policy own.key: validation error: key must be good"),
        "{response}"
    );
    assert!(warnings.contains("policy closed.looks-up: "), "{response}");
    assert!(
        response["auditAnnotations"]["portcullis-spared"].is_string(),
        "{response}"
    );
    has_metric(&gate, "portcullis_audit_everything 1").await?;
    assert_eq!(gate.status().await?["settings"]["auditEverything"], true);
    assert!(gate.log().contains("nothing is denied"), "{}", gate.log());

    // A mistake changes nothing and is shown.
    fs::write(&path, "auditEverything: false\nfailureMode: []\n")?;
    let started = Instant::now();
    let error = loop {
        let status = gate.status().await?;
        if let Some(error) = status["settings"]["error"].as_str() {
            break error.to_owned();
        }
        anyhow::ensure!(started.elapsed() < Duration::from_secs(10), "{status}");
        sleep(Duration::from_millis(20)).await;
    };
    assert!(
        error.contains(":2:1: settings has no field `failureMode`; `failureModes` exists"),
        "{error}"
    );
    assert_eq!(gate.status().await?["settings"]["auditEverything"], true);
    fs::write(&path, "auditEverything: false\n")?;
    until(&gate, |reply| {
        reply.verdict().is_some_and(|verdict| !verdict.0)
    })
    .await?;
    Ok(())
}

#[test]
fn a_gate_does_not_start_with_settings_that_it_cannot_read() -> anyhow::Result<()> {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("settings.yaml");
    fs::write(&path, "defaultFailureMode: open\n")?;
    let error = Gate::start::<&str>(&[], &["--settings", &path.to_string_lossy()]).err();
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(
        error.contains("settings.yaml:1:21: `defaultFailureMode` is `Fail` or `Ignore`"),
        "{error}"
    );
    Ok(())
}

/// Asks until the answer is as wanted.
async fn until(gate: &Gate, is_wanted: impl Fn(&Reply) -> bool) -> anyhow::Result<Reply> {
    let started = Instant::now();
    loop {
        let mut connection = gate.connect(Http::Two).await?;
        let reply = connection
            .post("/validate?timeout=500ms", config_map("bad"))
            .await?;
        if is_wanted(&reply) {
            return Ok(reply);
        }
        anyhow::ensure!(started.elapsed() < Duration::from_secs(10), "{reply:?}");
    }
}

async fn has_metric(gate: &Gate, line: &str) -> anyhow::Result<()> {
    let reply = gate.connect(Http::One).await?.get("/metrics").await?;
    let text = String::from_utf8_lossy(&reply.body).into_owned();
    anyhow::ensure!(text.lines().any(|found| found == line), "{line}\n{text}");
    Ok(())
}
