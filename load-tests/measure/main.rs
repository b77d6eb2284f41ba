//! The gate beside two bare servers, in one run: what it costs more than the least possible.
//!
//! Comes in:  a gate's binary, policies, reviews.
//! Goes out:  a table (or JSON) of requests per second, CPU per request and latencies, as ratios.
//! Never here: how load is made (see `drive`).

mod fresh;
mod report;
mod runs;
mod servers;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use drive::{Http, Review};

/// Measures a gate against bare servers that only read, or only parse, the same requests.
///
/// Rounds are taken in turns, so that a busy neighbour disturbs all alike, and each ratio is the
/// median of the ratios of the rounds.
#[derive(Parser)]
struct Options {
    /// The gate's binary, a release build
    #[arg(long, value_name = "FILE", default_value = "target/release/portcullis")]
    gate: PathBuf,
    /// The policies to serve, taken as Enforce
    #[arg(long, value_name = "DIR", default_value = "rules/pod-security")]
    rules: PathBuf,
    /// Reviews to post, JSON; each is a row of the table
    #[arg(required = true, value_name = "FILE")]
    reviews: Vec<PathBuf>,
    /// Which HTTP to speak
    #[arg(long, value_enum, default_value = "both")]
    http: Protocols,
    /// Requests on their way at once
    #[arg(long, value_name = "N", default_value_t = 16)]
    in_flight: usize,
    /// Rounds for each figure
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: usize,
    /// Seconds that each server is asked for in each round
    #[arg(long, value_name = "N", default_value_t = 2.0)]
    seconds: f64,
    /// Measure new connections instead: one request on each
    #[arg(long)]
    fresh: bool,
    /// How to print
    #[arg(short, long, value_enum, default_value = "table")]
    output: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocols {
    Http1,
    Http2,
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Protocols {
    fn all(self) -> &'static [Http] {
        match self {
            Protocols::Http1 => &[Http::One],
            Protocols::Http2 => &[Http::Two],
            Protocols::Both => &[Http::One, Http::Two],
        }
    }
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let folder = tempfile::tempdir()?;
    let servers = servers::Servers::start(folder.path(), &options.gate, &options.rules)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let plan = runs::Plan {
        in_flight: options.in_flight,
        rounds: options.rounds,
        lasts: Duration::from_secs_f64(options.seconds),
    };
    let mut figures = Vec::new();
    for review in &options.reviews {
        for &http in options.http.all() {
            let review = Review::read(review)?;
            eprintln!("{} over {http}", review.name);
            let case = runs::Case { review, http };
            figures.push(runtime.block_on(async {
                match options.fresh {
                    true => fresh::measure(&servers, &case, &plan).await,
                    false => runs::measure(&servers, &case, &plan).await,
                }
            })?);
        }
    }
    match options.output {
        Format::Table => report::table(&figures),
        Format::Json => report::json(&figures),
    }
}
