//! Figures for people and for programs.
//!
//! Comes in:  [`Figures`].
//! Goes out:  a table, or a JSON array, on standard output.
//! Never here: measuring.

use std::io::Write as _;

use comfy_table::{CellAlignment, Table, presets};
use serde_json::json;

use crate::runs::{Figures, Measured};

const HEAD: [&str; 12] = [
    "review",
    "HTTP",
    "server",
    "req/s",
    "of parsed",
    "CPU, us",
    "times",
    "p50, ms",
    "p99, ms",
    "p99 at half",
    "times",
    "wrong, lost",
];

/// Prints a table; ratios are over the server that parses bodies.
pub(crate) fn table(all: &[Figures]) -> anyhow::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN).set_header(HEAD);
    for figures in all {
        for server in &figures.servers {
            table.add_row(row(figures, server));
        }
    }
    for column in table.column_iter_mut().skip(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(std::io::stdout(), "{table}")?;
    Ok(())
}

fn row(figures: &Figures, server: &Measured) -> [String; 12] {
    let optional = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.2}"));
    [
        format!("{}, {} B", figures.name, figures.bytes),
        figures.http.to_string(),
        server.who.name().to_owned(),
        format!("{:.0}", server.rate),
        format!("{:.0} %", server.rate_ratio * 100.0),
        format!("{:.1}", server.cpu_micros),
        format!("{:.2}", server.cpu_ratio),
        format!("{:.2}", server.p50),
        format!("{:.2}", server.p99),
        optional(server.half_p99),
        optional(server.half_ratio),
        format!("{}, {}", server.wrong, server.lost),
    ]
}

/// Prints everything that was measured.
pub(crate) fn json(all: &[Figures]) -> anyhow::Result<()> {
    let server = |server: &Measured| {
        json!({
            "server": server.who.name(),
            "requestsPerSecond": server.rate,
            "rateRatio": server.rate_ratio,
            "cpuMicroseconds": server.cpu_micros,
            "cpuRatio": server.cpu_ratio,
            "p50Milliseconds": server.p50,
            "p99Milliseconds": server.p99,
            "halfLoadP99Milliseconds": server.half_p99,
            "halfLoadP99Ratio": server.half_ratio,
            "wrong": server.wrong,
            "lost": server.lost,
            "residentBytes": server.memory,
        })
    };
    let cases: Vec<_> = all
        .iter()
        .map(|figures| {
            json!({
                "review": figures.name,
                "http": figures.http.to_string(),
                "bytes": figures.bytes,
                "servers": figures.servers.iter().map(server).collect::<Vec<_>>(),
            })
        })
        .collect();
    writeln!(
        std::io::stdout(),
        "{}",
        serde_json::to_string_pretty(&cases)?
    )?;
    Ok(())
}
