//! What the gate does when things go wrong around it: who was answered, in time, and rightly.
//!
//! Comes in:  a gate's binary, policies, reviews.
//! Goes out:  a table, JSON and a page: scenario × (answered in time, late, lost, wrong).
//! Never here: how load is made (see `drive`).

mod catalog;
mod ground;
mod page;
mod report;
mod reports;

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use drive::{Http, Review};

use crate::catalog::Scenario;
use crate::ground::Ground;

/// Runs a gate through scenarios, at rates that do not wait for its answers.
///
/// Rates are multiples of the capacity that is measured first. A review whose file name contains
/// `deny` must be denied, any other must be allowed.
#[derive(Parser)]
struct Options {
    /// The gate's binary, a release build
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis")]
    gate: PathBuf,
    /// The policies to serve, taken as Enforce
    #[arg(long, value_name = "DIR", default_value = "rules/pod-security")]
    rules: PathBuf,
    /// Reviews to post in turn, JSON
    #[arg(required = true, value_name = "FILE")]
    reviews: Vec<PathBuf>,
    /// Only these scenarios; may be repeated
    #[arg(long, value_enum, value_name = "NAME")]
    scenario: Vec<Scenario>,
    /// Seconds that each phase of a scenario lasts
    #[arg(long, value_name = "N", default_value_t = 5.0)]
    seconds: f64,
    /// How long the API server waits, in whole seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1)]
    budget: u64,
    /// Speak HTTP/2, as an API server does to a webhook's `url`; to a Service it speaks HTTP/1.1
    #[arg(long)]
    http2: bool,
    /// Requests per second that are taken as the capacity, instead of measuring it
    #[arg(long, value_name = "N")]
    capacity: Option<f64>,
    /// A kubeconfig of a cluster that defines the gate's kinds, for the scenario `reports`
    #[arg(long, value_name = "FILE")]
    cluster: Option<PathBuf>,
    /// Where to write everything that was measured, JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Where to write a page with latencies over time
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let runs = runtime.block_on(run(&options))?;
    report::table(&runs)?;
    if let Some(path) = &options.json {
        fs::write(path, report::json(&runs)?)?;
    }
    if let Some(path) = &options.html {
        fs::write(path, page::page(&runs)?)?;
    }
    Ok(())
}

async fn run(options: &Options) -> anyhow::Result<Vec<ground::Run>> {
    let folder = tempfile::tempdir()?;
    let reviews = options.reviews.iter().map(|path| Review::read(path));
    let mut ground = Ground::new(
        folder.path(),
        options.gate.clone(),
        &options.rules,
        reviews.collect::<anyhow::Result<_>>()?,
    )?;
    if options.http2 {
        ground.http = Http::Two;
    }
    ground.budget = Duration::from_secs(options.budget);
    ground.phase = Duration::from_secs_f64(options.seconds);
    ground.cluster = options.cluster.clone();
    ground.capacity = match options.capacity {
        Some(capacity) => capacity,
        None => ground.measure_capacity().await?,
    };
    eprintln!("capacity: {:.0} requests per second", ground.capacity);
    let mut runs = Vec::new();
    for scenario in Scenario::chosen(&options.scenario, options.cluster.is_some()) {
        eprintln!("{scenario:?}");
        runs.extend(scenario.run(&ground).await?);
    }
    Ok(runs)
}
