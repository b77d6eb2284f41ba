//! Latencies over time, as a page without anything from elsewhere.
//!
//! Comes in:  [`Run`]s.
//! Goes out:  HTML with a drawing for each run.
//! Never here: running.

use std::fmt::Write as _;

use drive::Tally;
use drive::timeline::SLICE;

use crate::ground::Run;

const STYLE: &str = "
:root { color-scheme: light dark; --ink: #1c2530; --paper: #fff; --faint: #d9dfe6;
  --p50: #2b6cb0; --p99: #b7791f; --most: #c53030; --right: #a7c7a0; --mode: #e0b050; --bad: #c53030; }
@media (prefers-color-scheme: dark) { :root { --ink: #dfe6ee; --paper: #14181d; --faint: #38424d;
  --p50: #63b3ed; --p99: #ecc94b; --most: #fc8181; --right: #3f6b45; --mode: #8a6a1c; --bad: #fc8181; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
svg { width: 100%; height: auto; } svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
h2 { margin: 2rem 0 0; font-size: 1.15rem; } p { margin: .2rem 0; }
.p50 { color: var(--p50); } .p99 { color: var(--p99); } .most { color: var(--most); }
polyline { fill: none; stroke: currentColor; stroke-width: 1.6; } .grid { stroke: var(--faint); }
.budget { stroke: var(--ink); stroke-dasharray: 5 4; }
";

/// The drawing's size, and the part of it that is for latencies; requests stand below.
const WIDTH: f64 = 900.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 12.0;
const LATENCIES: f64 = 180.0;
const REQUESTS: f64 = 60.0;
const GAP: f64 = 26.0;

/// Latencies are drawn from 0.1 ms to 10 s, each power of ten as high as the other.
const LEAST: f64 = 0.1;
const DECADES: f64 = 5.0;

/// The whole page.
pub(crate) fn page(runs: &[Run]) -> anyhow::Result<String> {
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8>\
         <meta name=viewport content='width=device-width'><title>Load scenarios</title>\
         <style>{STYLE}</style><h1>Load scenarios</h1>\
         <p>Each drawing: <b class=p50>p50</b>, <b class=p99>p99</b> and \
         <b class=most>slowest</b> in slices of {} ms, against the time that the API server waits \
         (dashed). Below: requests per second; green were answered rightly, yellow by a failure \
         mode, red late, lost or wrong.</p>",
        SLICE.as_millis()
    );
    for run in runs {
        section(&mut page, run)?;
    }
    Ok(page)
}

fn section(page: &mut String, run: &Run) -> anyhow::Result<()> {
    let total = run.timeline.total()?;
    write!(
        page,
        "<h2>{}</h2><p>{} requests: {} in time, {} of them by failure mode; {} late, {} lost, \
         {} wrong. p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms. {}</p>",
        run.name,
        total.requests(),
        total.answered(),
        total.failure_mode,
        total.late,
        total.lost,
        total.wrong,
        total.millis_at(0.5),
        total.millis_at(0.99),
        total.millis_at(0.999),
        run.remark,
    )?;
    draw(page, run)?;
    Ok(())
}

fn draw(page: &mut String, run: &Run) -> std::fmt::Result {
    let slices = &run.timeline.slices;
    let height = TOP + LATENCIES + GAP + REQUESTS + GAP;
    let step = (WIDTH - LEFT) / slices.len().max(1) as f64;
    write!(page, "<svg viewBox='0 0 {WIDTH} {height}' role=img>")?;
    for (label, millis) in [
        ("0.1 ms", 0.1),
        ("1 ms", 1.0),
        ("10 ms", 10.0),
        ("100 ms", 100.0),
        ("1 s", 1000.0),
        ("10 s", 10_000.0),
    ] {
        let y = of_latency(millis);
        write!(
            page,
            "<line class=grid x1={LEFT} x2={WIDTH} y1={y:.1} y2={y:.1} />\
             <text x={} y={:.1} text-anchor=end>{label}</text>",
            LEFT - 6.0,
            y + 4.0,
        )?;
    }
    let budget = of_latency(run.budget.as_secs_f64() * 1000.0);
    write!(
        page,
        "<line class=budget x1={LEFT} x2={WIDTH} y1={budget:.1} y2={budget:.1} />"
    )?;
    for (class, quantile) in [("most", 1.0), ("p99", 0.99), ("p50", 0.5)] {
        write!(page, "<polyline class={class} points='")?;
        for (n, slice) in slices.iter().enumerate() {
            let y = of_latency(slice.millis_at(quantile));
            write!(page, "{:.1},{y:.1} ", LEFT + step * (n as f64 + 0.5))?;
        }
        write!(page, "' />")?;
    }
    requests(page, slices, step)?;
    write!(page, "</svg>")
}

/// Bars of what became of the requests of each slice.
fn requests(page: &mut String, slices: &[Tally], step: f64) -> std::fmt::Result {
    let bottom = TOP + LATENCIES + GAP + REQUESTS;
    let most = slices.iter().map(Tally::requests).max().unwrap_or(0).max(1) as f64;
    for (n, slice) in slices.iter().enumerate() {
        let mut y = bottom;
        let bad = slice.late + slice.lost + slice.wrong;
        let parts = [
            (slice.right, "right"),
            (slice.failure_mode, "mode"),
            (bad, "bad"),
        ];
        for (count, colour) in parts.into_iter().filter(|(count, _)| *count > 0) {
            let high = count as f64 / most * REQUESTS;
            y -= high;
            write!(
                page,
                "<rect x={:.1} y={y:.1} width={:.1} height={high:.1} fill='var(--{colour})' />",
                LEFT + step * n as f64,
                (step - 0.6).max(0.4),
            )?;
        }
    }
    let per_second = most / SLICE.as_secs_f64();
    write!(
        page,
        "<text x={} y={:.1} text-anchor=end>{per_second:.0}/s</text>\
         <text x={LEFT} y={:.1}>0 s</text><text x={WIDTH} y={:.1} text-anchor=end>{:.1} s</text>",
        LEFT - 6.0,
        bottom - REQUESTS + 8.0,
        bottom + 15.0,
        bottom + 15.0,
        SLICE.as_secs_f64() * slices.len() as f64,
    )
}

fn of_latency(millis: f64) -> f64 {
    let decades = (millis.max(LEAST) / LEAST).log10().min(DECADES);
    TOP + LATENCIES * (1.0 - decades / DECADES)
}
