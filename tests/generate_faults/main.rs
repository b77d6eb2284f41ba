//! Faults while rules are carried out. Nothing may be lost, doubled or left over, and everything comes
//! right soon after the fault is over.
//!
//! `cargo test` does it with few objects. The table for many, from a release build:
//! `cargo test --release --test generate_faults -- --ignored --nocapture`.
//!
//! ```text
//! controllers a, b ── road, can be cut ──> API server <── test: triggers, update requests, others' writes
//! ```

#![allow(clippy::indexing_slicing, reason = "a test fails by panicking")]

mod objects;
#[path = "../support/mod.rs"]
mod support;
mod world;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use support::cluster::{Cluster, Controllers};
use world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_objects_survive_every_fault() -> anyhow::Result<()> {
    table(20, 20, Duration::from_secs(90)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes a quarter of an hour"]
async fn many_objects_survive_every_fault() -> anyhow::Result<()> {
    table(2_500, 250, Duration::from_secs(900)).await
}

/// Every fault in turn, on a cluster that fills up: so many triggers pending at first, each an update
/// request for two rules, then so many more with each fault.
async fn table(pending: usize, count: usize, limit: Duration) -> anyhow::Result<()> {
    let Some(cluster) = Cluster::start(Controllers::None)? else {
        return Ok(());
    };
    let mut world = World::new(&cluster, pending, limit).await?;

    let begun = world.more().await?;
    let mut replicas = BTreeMap::new();
    for name in ["a", "b"] {
        replicas.insert(name, world.start(name)?);
    }
    world
        .converge("started with that many pending", begun)
        .await?;

    world.count = count;
    world.is_noted().await?;
    let begun = world.more().await?;
    world.some_are_made().await?;
    let leader = world.leader().await?;
    let (name, _) = replicas
        .remove_entry(leader.as_str())
        .with_context(|| format!("`{leader}` leads, which is nobody"))?;
    // Nobody is there to see it.
    world.disturb(count / 4).await?;
    world
        .converge("leader killed in mid-generation", begun)
        .await?;
    replicas.insert(name, world.start(name)?);

    let begun = world.more().await?;
    for _ in 0..5 {
        world.disturb(count / 10).await?;
        world.road.cut();
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    world.converge("watches broken five times", begun).await?;

    world.more().await?;
    world.some_are_made().await?;
    world.road.close();
    world.disturb(count / 4).await?;
    world.leave(count / 4).await?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let begun = Instant::now();
    world.road.open();
    world
        .converge("API server away for five seconds", begun)
        .await?;

    world.more().await?;
    let begun = world.storm(Duration::from_secs(4)).await?;
    world.converge("storm of conflicts", begun).await?;

    world.right(false).await?;
    world.more().await?;
    tokio::time::sleep(Duration::from_secs(4)).await;
    world.nothing_new_is_made().await?;
    world.right(true).await?;
    world.some_are_made().await?;
    world.right(false).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let begun = Instant::now();
    world.right(true).await?;
    world.converge("rights taken away twice", begun).await
}
