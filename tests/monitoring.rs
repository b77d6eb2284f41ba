//! The alert rules and the dashboard speak of metrics that there are.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::gate::Gate;
use support::go::{self, Program};
use support::https::Http;
use support::{chart, review};

/// Families that appear with their first series, which takes a cluster: `observe::kyverno` tests them.
const WITH_THE_FIRST_RESULT: [&str; 3] = [
    "kyverno_policy_results",
    "kyverno_validating_policy_results",
    "kyverno_mutating_policy_results",
];

/// Prometheus' own opinion, and what the rules make of series that should and should not set them off.
#[test]
fn rules_are_good_and_do_what_they_say() -> anyhow::Result<()> {
    let Some(promtool) = go::binary(Program::Promtool)? else {
        return Ok(());
    };
    for args in [
        ["check", "rules", "alerts.yaml"],
        ["test", "rules", "alerts-test.yaml"],
    ] {
        let output = Command::new(&promtool)
            .args(args)
            .current_dir(deploy("prometheus"))
            .output()?;
        let said =
            String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
    }
    Ok(())
}

/// Every alert is set off by the tests of the rules.
#[test]
fn every_alert_is_tested() -> anyhow::Result<()> {
    let rules = read("prometheus/alerts.yaml")?;
    let tests = fs::read_to_string(deploy("prometheus/alerts-test.yaml"))?;
    for rule in rules["groups"][0]["rules"].as_array().into_iter().flatten() {
        let name = rule["alert"].as_str().unwrap_or_default();
        let (as_label, as_field) = (format!("\"{name}\""), format!("alertname: {name}\n"));
        assert!(
            tests.contains(&as_label) || tests.contains(&as_field),
            "{name}"
        );
    }
    Ok(())
}

/// What is asked for is there: names of metrics, of their labels, and of the values of those.
#[tokio::test]
async fn every_metric_is_exported() -> anyhow::Result<()> {
    let policy = ("policy.yaml".to_owned(), review::policy("p", "one"));
    let pages = free_address()?;
    let gate = Gate::start(&[policy], &["--metrics-listen", &pages])?;
    let mut connection = gate.connect(Http::One).await?;
    connection
        .post("/validate", review::config_map("one"))
        .await?;
    let exported = String::from_utf8(connection.get("/metrics").await?.body.to_vec())?;
    let plain = plain_get(&pages, "/metrics")?;
    assert!(plain.starts_with("HTTP/1.1 200 OK"), "{plain}");
    assert!(
        plain.contains("portcullis_process{role=\"admission\"} 1"),
        "{plain}"
    );
    assert!(plain.trim_end().ends_with("# EOF"), "{plain}");
    assert!(plain_get(&pages, "/health/readiness")?.starts_with("HTTP/1.1 200 OK"));

    let known: BTreeSet<&str> = exported
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE "))
        .filter_map(|line| line.split(' ').next())
        .chain(WITH_THE_FIRST_RESULT)
        .collect();
    let mut asked = 0;
    for expression in expressions()? {
        for name in names(&expression) {
            let bare = ["_total", "_bucket", "_sum", "_count"]
                .iter()
                .find_map(|suffix| name.strip_suffix(suffix))
                .unwrap_or(name);
            assert!(
                known.contains(bare),
                "`{name}` of `{expression}` is not exported"
            );
            asked += 1;
        }
    }
    assert!(asked > 50, "only {asked} metrics are asked for");

    // Users' dashboards: the names are Kyverno's.
    for line in [
        "kyverno_admission_requests_total{request_webhook=\"ValidatingWebhookConfiguration\",request_allowed=\"true\"} 1",
        "kyverno_admission_review_duration_seconds_count{request_webhook=\"ValidatingWebhookConfiguration\"} 1",
        "kyverno_policy_changes_total{policy_type=\"cluster\",policy_namespace=\"-\",policy_name=\"p\",policy_change_type=\"created\"} 1",
        "kyverno_info{version=",
    ] {
        assert!(exported.contains(line), "no `{line}` in\n{exported}");
    }
    Ok(())
}

/// Every expression of the alerts and the dashboard.
fn expressions() -> anyhow::Result<Vec<String>> {
    let mut found = Vec::new();
    let rules = read("prometheus/alerts.yaml")?;
    for rule in rules["groups"][0]["rules"].as_array().into_iter().flatten() {
        found.push(rule["expr"].as_str().unwrap_or_default().to_owned());
    }
    let dashboard: Value =
        serde_json::from_str(&fs::read_to_string(deploy("grafana/portcullis.json"))?)?;
    for panel in dashboard["panels"].as_array().into_iter().flatten() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            found.push(target["expr"].as_str().unwrap_or_default().to_owned());
        }
    }
    Ok(found)
}

/// The names of metrics in an expression: words that begin as ours do.
fn names(expression: &str) -> impl Iterator<Item = &str> {
    let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("portcullis_") || word.starts_with("kyverno_"))
}

fn read(path: &str) -> anyhow::Result<Value> {
    let mut objects = chart::parse(&fs::read_to_string(deploy(path))?)?;
    Ok(objects.remove(0))
}

fn deploy(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("deploy")
        .join(path)
}

/// An address that was free a moment ago.
fn free_address() -> anyhow::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn plain_get(address: &str, path: &str) -> anyhow::Result<String> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect(address)?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
