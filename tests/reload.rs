//! Policies that change while requests run.

#![allow(
    clippy::indexing_slicing,
    reason = "a test that panics has failed, as it should"
)]

mod support;

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use support::gate::Gate;
use support::https::Http;
use support::review::{config_map, policy};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// A change must be in force within 300 ms; a loaded machine gets more, and the test says so.
const IN_FORCE: Duration = Duration::from_millis(300);
const LOADED: Duration = Duration::from_secs(3);

/// Every way in which people and programs change files.
#[tokio::test]
async fn every_kind_of_change_is_soon_in_force() -> anyhow::Result<()> {
    let (one, two) = (policy("p", "one"), policy("p", "two"));
    let gate = Gate::start(&[("p.yaml", one.as_str())], &[])?;
    let file = gate.rule("p.yaml");

    fs::write(&file, &two)?;
    becomes(&gate, "edited", "two").await?;
    let draft = gate.rule(".p.yaml.swp");
    fs::write(&draft, &one)?;
    fs::rename(&draft, &file)?;
    becomes(&gate, "written beside and renamed", "one").await?;
    fs::remove_file(&file)?;
    becomes(&gate, "deleted", "anything").await?;
    fs::write(gate.rule("q.yaml"), &two)?;
    becomes(&gate, "added", "two").await?;
    fs::create_dir(gate.rule("deep"))?;
    fs::rename(gate.rule("q.yaml"), gate.rule("deep/r.yaml"))?;
    fs::write(gate.rule("deep/r.yaml"), &one)?;
    becomes(&gate, "moved into a new folder", "one").await?;
    Ok(())
}

/// As a kubelet updates a mounted ConfigMap.
#[tokio::test]
async fn a_config_map_mount_is_swapped() -> anyhow::Result<()> {
    let gate = Gate::start::<&str>(&[], &[])?;
    for (version, value) in [("..v1", "one"), ("..v2", "two")] {
        fs::create_dir(gate.rule(version))?;
        fs::write(gate.rule(version).join("p.yaml"), policy("p", value))?;
    }
    symlink("..v1", gate.rule("..data"))?;
    symlink("..data/p.yaml", gate.rule("p.yaml"))?;
    becomes(&gate, "mounted", "one").await?;
    symlink("..v2", gate.rule("..data_tmp"))?;
    fs::rename(gate.rule("..data_tmp"), gate.rule("..data"))?;
    fs::remove_dir_all(gate.rule("..v1"))?;
    becomes(&gate, "swapped", "two").await?;
    Ok(())
}

/// 200 requests/s while the file is rewritten 50 times, broken, and mended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_is_lost_while_policies_change() -> anyhow::Result<()> {
    let versions = [policy("p", "one"), policy("p", "two")];
    let gate = Arc::new(Gate::start(&[("p.yaml", versions[0].as_str())], &[])?);
    let end = Arc::new(AtomicBool::new(false));
    let clients: Vec<_> = [Http::One, Http::Two]
        .into_iter()
        .map(|http| tokio::spawn(ask(gate.clone(), http, end.clone())))
        .collect();

    for round in 1..=50 {
        fs::write(gate.rule("p.yaml"), &versions[round % 2])?;
        sleep(Duration::from_millis(40)).await;
    }
    becomes(&gate, "the last of fifty", "one").await?;

    let broken = versions[1].replace("pattern:", "patern:");
    fs::write(gate.rule("p.yaml"), broken)?;
    let status = eventually(&gate, |status| status["policies"][0]["ready"] == false).await?;
    assert_eq!(status["policies"][0]["inForce"], true, "{status}");
    assert_eq!(status["policies"][0]["errors"][0]["line"], 16, "{status}");
    assert_eq!(wants(&gate).await?, "one", "the last good version decides");
    assert!(
        gate.log().contains("policy file has a mistake"),
        "{}",
        gate.log()
    );
    let metrics = gate.connect(Http::One).await?.get("/metrics").await?;
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(
        metrics.contains("portcullis_policies{state=\"last_good\"} 1\n"),
        "{metrics}"
    );

    fs::write(gate.rule("p.yaml"), &versions[1])?;
    becomes(&gate, "mended", "two").await?;
    let status = gate.status().await?;
    assert_eq!(status["policies"][0]["ready"], true, "{status}");
    assert_eq!(status["policies"][0].get("errors"), None, "{status}");

    end.store(true, Ordering::Relaxed);
    let mut answers = [0; 2];
    for client in clients {
        let counted = client.await??;
        answers = [answers[0] + counted[0], answers[1] + counted[1]];
    }
    println!("answered {answers:?} by the two versions");
    assert!(answers[0] > 50 && answers[1] > 50, "{answers:?}");
    Ok(())
}

/// 100 requests/s, each of which both versions answer, and differently. Counts which one did.
async fn ask(gate: Arc<Gate>, http: Http, end: Arc<AtomicBool>) -> anyhow::Result<[usize; 2]> {
    let mut connection = gate.connect(http).await?;
    let mut ticks = interval(Duration::from_millis(10));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut answers = [0; 2];
    while !end.load(Ordering::Relaxed) {
        ticks.tick().await;
        let reply = connection
            .post("/validate?timeout=10s", config_map("two"))
            .await?;
        let (allowed, message) = reply.verdict().context("a verdict")?;
        assert!(allowed || message.contains("key must be one"), "{message}");
        answers[usize::from(allowed)] += 1;
    }
    Ok(answers)
}

/// Waits until the rules demand `value`, and complains when that takes too long.
async fn becomes(gate: &Gate, case: &str, value: &str) -> anyhow::Result<()> {
    let start = Instant::now();
    while wants(gate).await? != value {
        anyhow::ensure!(
            start.elapsed() < LOADED,
            "{case}: not in force after {LOADED:?}"
        );
        sleep(Duration::from_millis(2)).await;
    }
    let elapsed = start.elapsed();
    println!("{case}: in force after {elapsed:?}");
    if elapsed > IN_FORCE {
        eprintln!("{case}: took {elapsed:?}; is the machine busy?");
    }
    Ok(())
}

/// What the rules in force demand of a ConfigMap.
async fn wants(gate: &Gate) -> anyhow::Result<&'static str> {
    let mut connection = gate.connect(Http::Two).await?;
    let mut accepted = Vec::new();
    for value in ["one", "two"] {
        let reply = connection.post("/validate", config_map(value)).await?;
        if reply.verdict().context("a verdict")?.0 {
            accepted.push(value);
        }
    }
    match accepted[..] {
        [value] => Ok(value),
        [] => Ok("nothing"),
        _ => Ok("anything"),
    }
}

async fn eventually(
    gate: &Gate,
    done: impl Fn(&serde_json::Value) -> bool,
) -> anyhow::Result<serde_json::Value> {
    let start = Instant::now();
    loop {
        let status = gate.status().await?;
        if done(&status) {
            return Ok(status);
        }
        anyhow::ensure!(start.elapsed() < LOADED, "{status}");
        sleep(Duration::from_millis(2)).await;
    }
}
