//! Figures as text for a terminal.

use std::fmt::Write;

use comfy_table::{Cell, CellAlignment, Table, presets};

use super::compare::{Change, Comparison, Verdict};
use super::figures::{Figures, PolicyCost, Role};
use super::stats::{Estimate, Latency};

/// The table, slowest first; `top` policies, or all where that is 0.
pub(super) fn figures(figures: &Figures, top: usize) -> String {
    let mut out = String::new();
    // Writing to a text cannot fail.
    let _ = write(&mut out, figures, top);
    out
}

fn write(out: &mut String, figures: &Figures, top: usize) -> std::fmt::Result {
    let reviews = &figures.reviews;
    writeln!(
        out,
        "{} and {} on {} ({} bytes on average, {} allowed)",
        counted(figures.policies.len(), "policy", "policies"),
        counted(figures.rules, "rule", "rules"),
        counted(reviews.count, "review", "reviews"),
        reviews.bytes / reviews.count.max(1),
        reviews.allowed,
    )?;
    if !figures.optimised {
        writeln!(
            out,
            "this program is not optimised: its figures say nothing"
        )?;
    }
    writeln!(out)?;
    latency(out, "validate", &figures.validate)?;
    if let Some(mutate) = &figures.mutate {
        latency(out, "mutate", mutate)?;
    }
    let allocations = figures.allocations;
    writeln!(
        out,
        "allocations for each review: {:.1} ({:.0} bytes)",
        allocations.count, allocations.bytes
    )?;
    let parts = figures.parts;
    let percent = |nanos: f64| format!("{} ({:.0} %)", time(nanos), figures.percent(nanos));
    writeln!(
        out,
        "one review: {} = reading and answering {} + policies {} + shared by policies {}\n",
        time(parts.whole),
        percent(parts.reading),
        percent((parts.whole - parts.reading - parts.shared).max(0.0)),
        percent(parts.shared),
    )?;
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header([
        "POLICY",
        "SHARE",
        "IN THE GATE",
        "ALONE",
        "ALLOC",
        "REFERRED",
        "NOTE",
    ]);
    let shown = match top {
        0 => figures.policies.len(),
        top => top,
    };
    for cost in figures.policies.iter().take(shown) {
        table.add_row(row(figures, cost));
        for rule in &cost.rules {
            let mut cells = vec![format!("  {}", rule.rule)];
            cells.push(share(rule.share));
            cells.push(gate(rule.gate.as_ref()));
            cells.extend((0..4).map(|_| String::new()));
            table.add_row(aligned(cells));
        }
    }
    writeln!(out, "{table}")?;
    if figures.policies.len() > shown {
        let more = figures.policies.len() - shown;
        writeln!(out, "and {more} more: `--top 0` shows all")?;
    }
    writeln!(
        out,
        "IN THE GATE: what an answer saves without the policy.  ALONE: what the reference evaluator takes\n\
         for it.  REFERRED: reviews for which the gate needed the reference evaluator."
    )?;
    for note in &figures.notes {
        writeln!(out, "note: {note}")?;
    }
    Ok(())
}

fn latency(out: &mut String, name: &str, latency: &Latency) -> std::fmt::Result {
    writeln!(
        out,
        "{name:<9} p50 {}, p99 {}, p99.9 {}, max {} ({} answers)",
        time(latency.p50),
        time(latency.p99),
        time(latency.p999),
        time(latency.max),
        latency.samples
    )
}

fn row(figures: &Figures, cost: &PolicyCost) -> Vec<Cell> {
    let allocations = match cost.allocations {
        Some(made) => format!("{:.1}", made.count),
        None => String::new(),
    };
    aligned(vec![
        cost.policy.clone(),
        share(cost.share),
        gate(cost.gate.as_ref()),
        time(cost.alone),
        allocations,
        format!("{}/{}", cost.referred, figures.reviews.count),
        note(cost),
    ])
}

/// Names and notes to the left, figures to the right.
fn aligned(cells: Vec<String>) -> Vec<Cell> {
    let last = cells.len().saturating_sub(1);
    let align = |at: usize| match at {
        0 => CellAlignment::Left,
        at if at == last => CellAlignment::Left,
        _ => CellAlignment::Right,
    };
    let cells = cells.into_iter().enumerate();
    cells
        .map(|(at, text)| Cell::new(text).set_alignment(align(at)))
        .collect()
}

/// What a reader must know of a policy besides figures.
pub(super) fn note(cost: &PolicyCost) -> String {
    let role = match cost.role {
        Role::Enforces => "",
        Role::Audits => "audits, after the answer",
        Role::Mutates => "mutates",
        Role::Background => "takes no part in requests",
    };
    let opaque = match cost.opaque.first() {
        Some(first) => format!("not lowered: {}", first.why),
        None => String::new(),
    };
    let both = [role.to_owned(), opaque];
    let both = both.into_iter().filter(|text| !text.is_empty());
    both.collect::<Vec<_>>().join("; ")
}

pub(super) fn share(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| format!("{share:.1} %"))
}

/// A difference, or the bound below which it lies where it cannot be told from nothing.
pub(super) fn gate(gate: Option<&Estimate>) -> String {
    match gate {
        None => "not measured".to_owned(),
        Some(gate) if gate.is_clear() && gate.nanos > 0.0 => time(gate.nanos),
        Some(gate) => format!("< {}", time(gate.high.max(1.0))),
    }
}

/// What changed, the worst first.
pub(super) fn comparison(comparison: &Comparison, top: usize) -> String {
    let mut out = String::new();
    let Comparison { before, after, .. } = comparison;
    let _ = writeln!(
        out,
        "compared: p50 {} -> {} ({:+.1} %)",
        time(*before),
        time(*after),
        comparison.slower_by()
    );
    for note in &comparison.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let shown = match top {
        0 => usize::MAX,
        top => top,
    };
    let changed = comparison.policies.iter();
    let changed: Vec<_> = changed.filter(|it| it.verdict != Verdict::Same).collect();
    if changed.is_empty() {
        let _ = writeln!(out, "no policy became slower or faster");
        return out;
    }
    let mut table = Table::new();
    table.load_style(presets::UTF8_FULL_CONDENSED);
    table.set_header(["POLICY", "BEFORE", "AFTER", "DIFFERENCE", "WHAT"]);
    for change in changed.iter().take(shown) {
        table.add_row(aligned(vec![
            change.policy.clone(),
            change.before.map_or_else(String::new, |it| gate(Some(&it))),
            change.after.map_or_else(String::new, |it| gate(Some(&it))),
            signed(change.difference),
            what(change),
        ]));
    }
    let _ = writeln!(out, "{table}");
    out
}

/// A verdict in words.
pub(super) fn what(change: &Change) -> String {
    let text = match change.verdict {
        Verdict::Slower => "slower",
        Verdict::Faster => "faster",
        Verdict::New => "new",
        Verdict::Gone => "gone",
        Verdict::Same => "same",
    };
    match change.edited {
        true => format!("{text}, edited"),
        false => text.to_owned(),
    }
}

/// A difference of times.
pub(super) fn signed(nanos: f64) -> String {
    let sign = if nanos < 0.0 { "-" } else { "+" };
    format!("{sign}{}", time(nanos.abs()))
}

/// Nanoseconds in the unit that fits, three digits.
pub(super) fn time(nanos: f64) -> String {
    let (value, unit) = match nanos {
        nanos if nanos < 999.5 => (nanos, "ns"),
        nanos if nanos < 999_500.0 => (nanos / 1e3, "µs"),
        nanos if nanos < 999_500_000.0 => (nanos / 1e6, "ms"),
        nanos => (nanos / 1e9, "s"),
    };
    match value {
        value if value >= 99.95 || unit == "ns" => format!("{value:.0} {unit}"),
        value if value >= 9.995 => format!("{value:.1} {unit}"),
        value => format!("{value:.2} {unit}"),
    }
}

/// A number and its noun.
pub(super) fn counted(count: usize, one: &str, several: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn times() {
        check(0.4,             "0 ns");
        check(87.0,            "87 ns");
        check(999.6,           "1.00 µs");
        check(12_345.0,        "12.3 µs");
        check(123_456.0,       "123 µs");
        check(2_500_000.0,     "2.50 ms");
        check(3_000_000_000.0, "3.00 s");
    }

    #[track_caller]
    fn check(nanos: f64, expect: &str) {
        assert_eq!(super::time(nanos), expect, "{nanos}");
    }
}
