//! Charts of the page: SVG whose colours are those of the page.
//!
//! Comes in:  figures.
//! Goes out:  SVG elements.
//! Never here: scripts; anything that is fetched.

use std::fmt::Write;

use super::figures::{Figures, PolicyCost};
use super::stats::Latency;
use super::text::{gate, share, time};
use crate::cli::markup::escaped;

/// Where the time of one review goes: one bar.
pub(super) fn parts(figures: &Figures) -> String {
    const WIDTH: f64 = 960.0;
    let parts = figures.parts;
    let policies = (parts.whole - parts.reading - parts.shared).max(0.0);
    let mut out = svg(WIDTH, 64.0, "where the time of one review goes");
    let mut at = 0.0;
    for (class, name, nanos) in [
        ("reading", "reading and answering", parts.reading),
        ("shared", "shared by policies", parts.shared),
        ("own", "single policies", policies),
    ] {
        let width = WIDTH * nanos / parts.whole.max(1.0);
        let label = format!("{name} {} ({:.0} %)", time(nanos), figures.percent(nanos));
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{at:.1}\" y=\"0\" width=\"{:.1}\" height=\"36\" rx=\"3\">\
             <title>{label}</title></rect>",
            (width - 2.0).max(1.0)
        );
        at += width;
    }
    let mut at = 0.0;
    for (class, name, nanos) in [
        ("reading", "reading and answering", parts.reading),
        ("shared", "shared by policies", parts.shared),
        ("own", "single policies", policies),
    ] {
        let label = format!("{name} {} ({:.0} %)", time(nanos), figures.percent(nanos));
        let _ = write!(
            out,
            "<rect class=\"{class}\" x=\"{at:.0}\" y=\"49\" width=\"11\" height=\"11\" rx=\"2\"/>\
             <text x=\"{:.0}\" y=\"59\">{label}</text>",
            at + 17.0
        );
        at += 320.0;
    }
    out + "</svg>"
}

/// What each policy takes of an answer: bars, the longest first, with the bounds of the measurement.
pub(super) fn gate_bars(figures: &Figures, most: usize) -> String {
    let measured = |cost: &&PolicyCost| cost.share.is_some_and(|share| share > 0.0);
    let shown: Vec<_> = figures
        .policies
        .iter()
        .filter(measured)
        .take(most)
        .collect();
    let bars = shown.iter().filter_map(|cost| {
        let gate = cost.gate?;
        Some(Bar {
            name: &cost.policy,
            value: gate.nanos,
            bounds: Some((gate.low.max(0.0), gate.high)),
            label: format!("{}  {}", self::gate(Some(&gate)), share(cost.share)),
        })
    });
    self::bars(
        &bars.collect::<Vec<_>>(),
        "own",
        "time in the gate by policy",
    )
}

/// What the reference evaluator takes for each policy.
pub(super) fn alone_bars(figures: &Figures, most: usize) -> String {
    let mut costs: Vec<_> = figures.policies.iter().collect();
    costs.sort_by(|a, b| b.alone.total_cmp(&a.alone));
    let bars = costs.iter().take(most).map(|cost| Bar {
        name: &cost.policy,
        value: cost.alone,
        bounds: None,
        label: match cost.referred {
            0 => time(cost.alone),
            referred => format!(
                "{}  needed for {referred} of {}",
                time(cost.alone),
                figures.reviews.count
            ),
        },
    });
    let title = "time in the reference evaluator by policy";
    self::bars(&bars.collect::<Vec<_>>(), "shared", title)
}

struct Bar<'f> {
    name: &'f str,
    value: f64,
    bounds: Option<(f64, f64)>,
    label: String,
}

fn bars(bars: &[Bar<'_>], class: &str, title: &str) -> String {
    const ROW: f64 = 24.0;
    const NAME: f64 = 340.0;
    const LONGEST: f64 = 400.0;
    let height = ROW * bars.len() as f64;
    let mut out = svg(960.0, height, title);
    let reach = |bar: &Bar<'_>| {
        bar.bounds
            .map_or(bar.value, |(_, high)| high.max(bar.value))
    };
    let longest = bars.iter().map(reach).fold(1.0, f64::max);
    let scale = LONGEST / longest;
    for (index, bar) in bars.iter().enumerate() {
        let top = ROW * index as f64;
        let (middle, base) = (top + ROW / 2.0, top + ROW / 2.0 + 4.5);
        let width = (bar.value * scale).max(1.0);
        let _ = write!(
            out,
            "<text class=\"name\" x=\"{:.0}\" y=\"{base:.1}\">{}<title>{}</title></text>\
             <rect class=\"{class}\" x=\"{NAME}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"{}\" rx=\"2\"/>",
            NAME - 10.0,
            escaped(&shortened(bar.name, 46)),
            escaped(bar.name),
            top + 4.0,
            ROW - 8.0,
        );
        let mut end = width;
        if let Some((low, high)) = bar.bounds {
            let (from, to) = (NAME + low * scale, NAME + high * scale);
            end = end.max(high * scale);
            let _ = write!(
                out,
                "<path class=\"bounds\" d=\"M{from:.1} {middle:.1}H{to:.1}M{from:.1} {:.1}v8M{to:.1} {:.1}v8\"/>",
                middle - 4.0,
                middle - 4.0,
            );
        }
        let _ = write!(
            out,
            "<text class=\"figure\" x=\"{:.1}\" y=\"{base:.1}\">{}</text>",
            NAME + end + 10.0,
            escaped(&bar.label),
        );
    }
    out + "</svg>"
}

/// A distribution on a logarithmic axis, up to where almost everything is, with its percentiles.
pub(super) fn latency(latency: &Latency, name: &str) -> String {
    const WIDTH: f64 = 960.0;
    const BASE: f64 = 190.0;
    const TOP: f64 = 46.0;
    let mut out = svg(WIDTH, 226.0, &format!("latency of {name}"));
    let Some((first, _)) = latency.buckets.first() else {
        return out + "</svg>";
    };
    let low = first / 1.2;
    let beyond = latency.p999 * 1.6;
    let last = latency.buckets.last().map_or(low, |(bound, _)| *bound);
    let high = beyond.min(last * 1.05).max(low * 1.5);
    let x = |nanos: f64| WIDTH * (nanos / low).ln() / (high / low).ln();
    let tallest = latency.buckets.iter().map(|(_, count)| *count).max();
    let tallest = (tallest.unwrap_or(1).max(1) as f64).sqrt();
    let mut from = *first / 1.1;
    for (bound, count) in &latency.buckets {
        if *count > 0 && from < high {
            // Heights are square roots, so that the tail is seen.
            let height = (BASE - TOP) * (*count as f64).sqrt() / tallest;
            let _ = write!(
                out,
                "<rect class=\"own\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\">\
                 <title>up to {}: {count}</title></rect>",
                x(from),
                BASE - height,
                (x(bound.min(high)) - x(from) - 1.0).max(1.0),
                time(*bound)
            );
        }
        from = *bound;
    }
    let _ = write!(out, "<path class=\"axis\" d=\"M0 {BASE}H{WIDTH}\"/>");
    ticks(&mut out, low, high, &x, BASE);
    let mut free = [0.0_f64; 3];
    for (name, nanos) in [
        ("p50", latency.p50),
        ("p90", latency.p90),
        ("p99", latency.p99),
        ("p99.9", latency.p999),
    ] {
        let at = x(nanos);
        let text = format!("{name} {}", time(nanos));
        let width = 7.4 * text.chars().count() as f64 + 10.0;
        let left = (at + width > WIDTH).then_some(at - width + 4.0);
        let start = left.unwrap_or(at);
        // The first row in which it does not run into the one before.
        let row = free.iter().position(|end| *end <= start).unwrap_or(0);
        if let Some(end) = free.get_mut(row) {
            *end = start + width;
        }
        let y = 12.0 + 15.0 * row as f64;
        let _ = write!(
            out,
            "<path class=\"mark\" d=\"M{at:.1} {:.1}V{BASE}\"/><text class=\"figure\" x=\"{:.1}\" y=\"{y}\">{text}</text>",
            y - 10.0,
            start + 4.0,
        );
    }
    out + "</svg>"
}

/// 1, 2 and 5 of every power of ten on the axis.
fn ticks(out: &mut String, low: f64, high: f64, x: &dyn Fn(f64) -> f64, base: f64) {
    let mut power = 10_f64.powf(low.log10().floor());
    let mut free = 0.0;
    while power <= high {
        for nanos in [power, 2.0 * power, 5.0 * power] {
            let at = x(nanos);
            if nanos < low || nanos > high || at < free {
                continue;
            }
            free = at + 64.0;
            let _ = write!(
                out,
                "<path class=\"axis\" d=\"M{at:.1} {base}v5\"/><text class=\"tick\" x=\"{at:.1}\" y=\"{:.0}\">{}</text>",
                base + 19.0,
                plain(nanos)
            );
        }
        power *= 10.0;
    }
}

/// A round time without digits that say nothing.
fn plain(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e3 => format!("{nanos:.0} ns"),
        nanos if nanos < 1e6 => format!("{:.0} µs", nanos / 1e3),
        nanos if nanos < 1e9 => format!("{:.0} ms", nanos / 1e6),
        nanos => format!("{:.0} s", nanos / 1e9),
    }
}

fn svg(width: f64, height: f64, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">",
        escaped(title)
    )
}

/// The end tells names apart, the beginning is mostly the kind.
fn shortened(name: &str, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name.to_owned();
    }
    let end: String = name.chars().skip(count - most + 1).collect();
    format!("…{end}")
}
