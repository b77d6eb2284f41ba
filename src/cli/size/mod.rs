//! `portcullis size`: how many replicas a fleet needs, and how large each.
//!
//! Comes in:  a measured capacity curve, and what each cluster asks for.
//! Goes out:  a table, or the Helm values of one cluster.
//! Never here: measuring (see `load-tests`).

mod curve;
mod fleet;
mod plan;
mod values;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use comfy_table::CellAlignment;

use super::serve::parse_duration;
use super::table;
use curve::Curve;
use fleet::Demand;
use plan::Plan;

/// Turn a measured capacity curve into replicas, CPU and memory, and Helm values.
///
/// The curve is what `scenarios --scenario capacity --json FILE` of the load tests writes. A replica is
/// given 70 % of what it was measured to answer within the budget; and there are enough of them to carry
/// the peak when one zone is lost while one more node is drained.
#[derive(Args, Debug)]
pub(super) struct Size {
    /// What was measured: JSON of the load tests' `capacity` scenario.
    #[arg(long, value_name = "FILE")]
    curve: PathBuf,

    /// The clusters and their peaks: YAML, `clusters: [{name, peakRequestsPerSecond, zones, growth}]`.
    #[arg(long, value_name = "FILE")]
    fleet: PathBuf,

    /// `webhookTimeoutSeconds`: what an answer may take at most; half of it is used.
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = parse_duration)]
    budget: Duration,

    /// Print the Helm values of this cluster instead of the table.
    #[arg(long, value_name = "NAME")]
    values: Option<String>,
}

const COLUMNS: [&str; 10] = [
    "cluster",
    "peak, req/s",
    "replicas",
    "req/s each",
    "at a loss",
    "of capacity",
    "CPU request",
    "CPU limit",
    "memory",
    "HPA, CPU",
];

impl Size {
    /// Prints what it comes to.
    pub(super) fn run(self) -> Result<ExitCode> {
        let curve = read(&self.curve, |text| {
            Curve::read(text, self.budget).map_err(anyhow::Error::msg)
        })?;
        let fleet = read(&self.fleet, |text| {
            fleet::read(text).map_err(anyhow::Error::msg)
        })?;
        let planned = |demand: &Demand| (demand.clone(), Plan::new(demand, &curve));
        let plans: Vec<_> = fleet.iter().map(planned).collect();
        let text = match &self.values {
            None => summary(&curve, &plans),
            Some(name) => match plans.iter().find(|(demand, _)| demand.name == *name) {
                Some((demand, plan)) => values::text(demand, plan, &curve),
                None => {
                    let file = self.fleet.display();
                    bail!("`{file}` has no cluster `{name}`");
                }
            },
        };
        anstream::stdout().write_all(text.as_bytes())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn read<T>(path: &Path, understand: impl Fn(&str) -> Result<T>) -> Result<T> {
    let shown = path.display();
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{shown}`"))?;
    understand(&text).with_context(|| shown.to_string())
}

fn summary(curve: &Curve, plans: &[(Demand, Plan)]) -> String {
    let mut table = table::coloured(&COLUMNS);
    for (demand, plan) in plans {
        table.add_row([
            table::name(&demand.name),
            format!("{:.0}", demand.peak).into(),
            plan.replicas.to_string().into(),
            format!("{:.0}", plan.usual).into(),
            format!("{:.0}", plan.at_a_loss).into(),
            format!("{:.0} %", plan.at_a_loss / curve.capacity * 100.0).into(),
            format!("{}m", plan.cpu_request).into(),
            format!("{}m", plan.cpu_limit).into(),
            format!("{}Mi", plan.memory_request).into(),
            format!("{} %", plan.target).into(),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let Curve {
        capacity,
        cpu_micros,
        slowest,
        ..
    } = curve;
    format!(
        "One replica answers {capacity:.0} requests/s (p99.9 {slowest:.1} ms) at {cpu_micros:.0} \
         µs of CPU each.\n{table}\n`at a loss`: requests/s of each replica that is left when one zone is \
         lost and one more node is drained.\n`--values NAME` prints a cluster's Helm values.\n"
    )
}
