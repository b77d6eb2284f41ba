//! Runs for people and for programs.
//!
//! Comes in:  [`Run`]s.
//! Goes out:  a table on standard output, JSON.
//! Never here: running.

use std::io::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use drive::Tally;
use serde_json::{Value, json};

use crate::ground::Run;

const HEAD: [&str; 11] = [
    "scenario",
    "requests",
    "in time",
    "by failure mode",
    "late",
    "lost",
    "wrong",
    "p50, ms",
    "p99, ms",
    "p99.9, ms",
    "remark",
];

/// Prints a table.
pub(crate) fn table(runs: &[Run]) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(HEAD);
    for run in runs {
        let total = run.timeline.total()?;
        table.add_row([
            run.name.clone(),
            total.requests().to_string(),
            total.answered().to_string(),
            total.failure_mode.to_string(),
            total.late.to_string(),
            total.lost.to_string(),
            total.wrong.to_string(),
            format!("{:.2}", total.millis_at(0.5)),
            format!("{:.2}", total.millis_at(0.99)),
            format!("{:.2}", total.millis_at(0.999)),
            run.remark.clone(),
        ]);
    }
    for column in table.column_iter_mut().skip(1).take(9) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(std::io::stdout(), "{table}")?;
    Ok(())
}

/// Everything that was measured.
pub(crate) fn json(runs: &[Run]) -> anyhow::Result<String> {
    let mut all = Vec::new();
    for run in runs {
        all.push(json!({
            "scenario": run.name,
            "budgetMilliseconds": run.budget.as_millis() as u64,
            "remark": run.remark,
            "requestsPerSecond": run.cost.map(|cost| cost.rate),
            "cpuMicroseconds": run.cost.map(|cost| cost.cpu_micros),
            "memoryBytes": run.cost.map(|cost| cost.memory),
            "total": tally(&run.timeline.total()?),
            "sliceMilliseconds": drive::timeline::SLICE.as_millis() as u64,
            "slices": run.timeline.slices.iter().map(tally).collect::<Vec<_>>(),
        }));
    }
    Ok(serde_json::to_string_pretty(&all)?)
}

fn tally(tally: &Tally) -> Value {
    json!({
        "requests": tally.requests(),
        "right": tally.right,
        "failureMode": tally.failure_mode,
        "wrong": tally.wrong,
        "late": tally.late,
        "lost": tally.lost,
        "p50Milliseconds": tally.millis_at(0.5),
        "p99Milliseconds": tally.millis_at(0.99),
        "p999Milliseconds": tally.millis_at(0.999),
        "maxMilliseconds": tally.millis_at(1.0),
    })
}
