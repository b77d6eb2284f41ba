//! What reports cost the answer: nothing that can be measured, it should be.
//!
//! Comes in:  a cluster that defines reports.
//! Goes out:  a [`Run`] without reports and one with them for each rate, of rounds that alternate.
//! Never here: what is written, but for how much it was.
//!
//! ```text
//! reviews, in turns ─┬─> gate, reports off
//!                    └─> gate, reports on ── after the answer ──> API server
//! ```
//!
//! Each review is about another object, so that each leaves a report. The API server should be in nobody's
//! way: see `load-tests/reports`, which lets it have only the time that is left.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use drive::{Arrivals, Review, Server};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use crate::ground::{Ground, Run};

/// The shares of the measured capacity at which both gates are asked.
const SHARES: [f64; 2] = [0.05, 0.25];

/// Rounds at each rate; in each both gates are asked.
const ROUNDS: usize = 8;

/// What is still to be written after a round is written by then, or there is too much of it.
const PATIENCE: Duration = Duration::from_secs(300);

/// A gate, and where it tells what it counts.
struct Gate {
    server: Server,
    metrics: SocketAddr,
}

pub(crate) async fn reports(ground: &Ground, cluster: &Path) -> anyhow::Result<Vec<Run>> {
    let (off, on) = (
        start(ground, cluster, false)?,
        start(ground, cluster, true)?,
    );
    let mut objects = 0;
    let mut runs = Vec::new();
    for share in SHARES {
        let rate = share * ground.capacity;
        // The first round of each warms up.
        let mut rounds = Vec::new();
        let before = on.counted().await?;
        for round in 0..=ROUNDS {
            // Who goes first has the colder caches.
            let order = if round % 2 == 0 {
                [&off, &on]
            } else {
                [&on, &off]
            };
            let mut pair = Vec::new();
            for gate in order {
                let reviews = others(&ground.reviews, rate, ground.phase, &mut objects)?;
                let arrivals = Arrivals::steady(ground.phase, rate);
                let name = match gate.metrics == on.metrics {
                    true => format!("reports on, {:.0} %", share * 100.0),
                    false => format!("reports off, {:.0} %", share * 100.0),
                };
                let address = gate.server.address;
                let run = ground.ask_for(&name, address, arrivals, &reviews).await?;
                on.is_done().await?;
                pair.push(run);
            }
            if round % 2 == 1 {
                pair.reverse();
            }
            if round > 0 {
                rounds.push(pair);
            }
        }
        let counted = on.counted().await?;
        let ratio = |part: f64| -> anyhow::Result<f64> {
            let mut ratios = Vec::new();
            for pair in &rounds {
                let mut millis = Vec::new();
                for run in pair {
                    millis.push(run.timeline.total()?.millis_at(part));
                }
                ratios.extend(millis.first().zip(millis.last()).map(|(off, on)| on / off));
            }
            ratios.sort_by(f64::total_cmp);
            ratios.get(ratios.len() / 2).copied().context("rounds")
        };
        let remark = format!(
            "median of {ROUNDS} rounds: p50 times {:.2}, p99 times {:.2}; {} reports written, {} reviews not looked at",
            ratio(0.5)?,
            ratio(0.99)?,
            counted.written - before.written,
            counted.dropped - before.dropped,
        );
        let mut sides = rounds.into_iter().reduce(|mut all, pair| {
            for (all, one) in all.iter_mut().zip(pair) {
                all.timeline.slices.extend(one.timeline.slices);
            }
            all
        });
        for (side, run) in sides.iter_mut().flatten().enumerate() {
            run.remark = match side {
                0 => format!("{rate:.0} req/s"),
                _ => remark.clone(),
            };
        }
        runs.extend(sides.into_iter().flatten());
    }
    Ok(runs)
}

/// A gate that takes its settings from the cluster, but not its webhooks, and tells of nothing by events.
fn start(ground: &Ground, cluster: &Path, reports: bool) -> anyhow::Result<Gate> {
    let metrics = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let reports = format!("--admission-reports={reports}");
    let (cluster, address) = (cluster.to_string_lossy(), metrics.to_string());
    let flags = [
        "--in-cluster",
        "--register-webhooks=false",
        "--max-queued-events=0",
        "--kubeconfig",
        &cluster,
        "--metrics-listen",
        &address,
        &reports,
    ];
    Ok(Gate {
        server: ground.start_with(&ground.rules, &flags)?,
        metrics,
    })
}

/// As many reviews as a round takes, each of another object, in a namespace that every cluster has.
fn others(
    reviews: &[Review],
    rate: f64,
    lasts: Duration,
    objects: &mut u64,
) -> anyhow::Result<Vec<Review>> {
    let count = (rate * lasts.as_secs_f64()).ceil() as usize;
    let mut parsed = Vec::new();
    for review in reviews {
        parsed.push(serde_json::from_slice::<Value>(&review.body)?);
    }
    let templates = reviews.iter().zip(parsed).cycle();
    let others = templates.take(count).map(|(review, mut body)| {
        *objects += 1;
        let name = format!("object-{objects}");
        let uid = format!("00000000-0000-4000-8000-{objects:012}");
        for (place, text) in [
            ("/request/name", &*name),
            ("/request/namespace", "default"),
            ("/request/object/metadata/name", &name),
            ("/request/object/metadata/namespace", "default"),
            ("/request/object/metadata/uid", &uid),
        ] {
            if let Some(place) = body.pointer_mut(place) {
                *place = Value::String(text.to_owned());
            }
        }
        Review {
            body: body.to_string().into(),
            ..review.clone()
        }
    });
    Ok(others.collect())
}

/// What a gate did after its answers.
struct Counted {
    written: u64,
    /// Reviews that were passed over, because too many waited, and reports that were given up.
    dropped: u64,
    waiting: u64,
}

impl Gate {
    async fn counted(&self) -> anyhow::Result<Counted> {
        let mut stream = TcpStream::connect(self.metrics).await?;
        let ask = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        stream.write_all(ask.as_bytes()).await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        let count = |name: &str| {
            let mut lines = text.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.trim().parse::<f64>().ok());
            value.unwrap_or(0.0) as u64
        };
        Ok(Counted {
            written: count("portcullis_reports_created_total")
                + count("portcullis_reports_updated_total"),
            dropped: count("portcullis_after_reviews_dropped_total")
                + count("portcullis_reports_dropped_total"),
            waiting: count("portcullis_after_queue_bytes") + count("portcullis_reports_waiting"),
        })
    }

    /// Waits until nothing is left to be written, so that the next round is not burdened by this one.
    async fn is_done(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let mut before = None;
        loop {
            let now = self.counted().await?;
            if now.waiting == 0 && before == Some(now.written) {
                return Ok(());
            }
            before = Some(now.written);
            anyhow::ensure!(
                begun.elapsed() < PATIENCE,
                "reports are not written in time"
            );
            // More than a batch is gathered for.
            sleep(Duration::from_millis(500)).await;
        }
    }
}
