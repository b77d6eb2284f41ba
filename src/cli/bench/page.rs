//! Figures as one HTML page that needs nothing else: no script, no font, no network.

use std::fmt::Write;

use super::chart;
use super::compare::{Comparison, Verdict};
use super::figures::{Figures, PolicyCost};
use super::text::{counted, gate, note, share, signed, time, what};
use crate::cli::markup::escaped;

/// Bars that a chart holds; the tables hold everything.
const BARS: usize = 25;

/// The page.
pub(super) fn page(figures: &Figures, comparison: Option<&Comparison>) -> String {
    let mut out = String::from(HEAD);
    // Writing to a text cannot fail.
    let _ = write(&mut out, figures, comparison);
    out + "</main></body></html>\n"
}

fn write(out: &mut String, figures: &Figures, comparison: Option<&Comparison>) -> std::fmt::Result {
    let reviews = &figures.reviews;
    write!(
        out,
        "<h1>What the policies cost</h1><p class=\"quiet\">{}, {} · {} of {} bytes on average, {} \
         allowed · Portcullis {}</p>",
        counted(figures.policies.len(), "policy", "policies"),
        counted(figures.rules, "rule", "rules"),
        counted(reviews.count, "review", "reviews"),
        reviews.bytes / reviews.count.max(1),
        reviews.allowed,
        escaped(&figures.version),
    )?;
    if !figures.optimised {
        out.push_str(
            "<p class=\"warn\">The program was not optimised: its figures say nothing.</p>",
        );
    }
    cards(out, figures)?;
    if let Some(comparison) = comparison {
        compared(out, comparison)?;
    }
    write!(
        out,
        "<h2>Where the time of one review goes</h2><p class=\"quiet\">On average {}. What several \
         policies share stays when one of them goes, so it belongs to none.</p>{}",
        time(figures.parts.whole),
        chart::parts(figures)
    )?;
    write!(
        out,
        "<h2>Policies in the gate</h2><p class=\"quiet\">What an answer saves without the policy, \
         everything else in force; the line shows the bounds of the measurement (95 %).</p>"
    )?;
    if figures
        .policies
        .iter()
        .any(|cost| cost.share.is_some_and(|share| share > 0.0))
    {
        out.push_str(&chart::gate_bars(figures, BARS));
    } else {
        out.push_str("<p>No single policy takes a measurable part of an answer.</p>");
    }
    write!(
        out,
        "<h2>Policies alone</h2><p class=\"quiet\">What the reference evaluator takes for a review: \
         the cost of a policy where it denies, fails or is not lowered, and in reports.</p>{}",
        chart::alone_bars(figures, BARS)
    )?;
    write!(
        out,
        "<h2>Latency</h2><p class=\"quiet\">From the bytes of a request to those of its answer, in \
         one thread, without a network. Heights are square roots, so that the tail is seen.</p>\
         <h3>/validate, {}</h3>{}",
        counted(figures.validate.samples, "answer", "answers"),
        chart::latency(&figures.validate, "/validate")
    )?;
    if let Some(mutate) = &figures.mutate {
        write!(
            out,
            "<h3>/mutate, {}</h3>{}",
            counted(mutate.samples, "answer", "answers"),
            chart::latency(mutate, "/mutate")
        )?;
    }
    policies(out, figures)?;
    slowest(out, figures)?;
    if !figures.notes.is_empty() {
        out.push_str("<h2>Notes</h2><ul>");
        for note in &figures.notes {
            write!(out, "<li>{}</li>", escaped(note))?;
        }
        out.push_str("</ul>");
    }
    Ok(())
}

fn cards(out: &mut String, figures: &Figures) -> std::fmt::Result {
    out.push_str("<div class=\"cards\">");
    let mut card = |name: &str, value: String, more: &str| {
        write!(
            out,
            "<div><span>{name}</span><b>{value}</b><small>{more}</small></div>"
        )
    };
    let validate = &figures.validate;
    card("p50", time(validate.p50), "of /validate")?;
    card("p99", time(validate.p99), "of /validate")?;
    card("p99.9", time(validate.p999), "of /validate")?;
    if let Some(mutate) = &figures.mutate {
        card("p50", time(mutate.p50), "of /mutate")?;
    }
    let made = figures.allocations;
    card(
        "allocations",
        format!("{:.1}", made.count),
        &format!("a review, {:.0} bytes", made.bytes),
    )?;
    let answers = 1e9 / figures.parts.whole.max(1.0);
    card(
        "reviews a second",
        thousands(answers),
        "one core, no network",
    )?;
    out.push_str("</div>");
    Ok(())
}

fn compared(out: &mut String, comparison: &Comparison) -> std::fmt::Result {
    write!(
        out,
        "<h2>Since the earlier run</h2><p>p50 {} → {} (<b>{:+.1} %</b>)</p>",
        time(comparison.before),
        time(comparison.after),
        comparison.slower_by()
    )?;
    for note in &comparison.notes {
        write!(out, "<p class=\"warn\">{}</p>", escaped(note))?;
    }
    let changed = comparison.policies.iter();
    let changed: Vec<_> = changed.filter(|it| it.verdict != Verdict::Same).collect();
    if changed.is_empty() {
        out.push_str("<p>No policy became slower or faster.</p>");
        return Ok(());
    }
    out.push_str("<div class=\"wide\"><table><thead><tr><th>Policy<th>Before<th>After<th>Difference<th>What</thead>");
    for change in changed {
        let worse = match change.difference > 0.0 {
            true => "worse",
            false => "better",
        };
        write!(
            out,
            "<tr><td>{}<td>{}<td>{}<td class=\"{worse}\">{}<td>{}",
            escaped(&change.policy),
            change
                .before
                .map_or_else(String::new, |it| escaped(&gate(Some(&it)))),
            change
                .after
                .map_or_else(String::new, |it| escaped(&gate(Some(&it)))),
            signed(change.difference),
            what(change),
        )?;
    }
    out.push_str("</table></div>");
    Ok(())
}

fn policies(out: &mut String, figures: &Figures) -> std::fmt::Result {
    out.push_str(
        "<h2>All policies</h2><div class=\"wide\"><table><thead><tr><th>Policy<th>Share<th>In the gate\
         <th>Alone<th>Allocations<th>Referred<th>Note</thead>",
    );
    for cost in &figures.policies {
        let PolicyCost {
            policy,
            alone,
            referred,
            rules,
            ..
        } = cost;
        let made = cost
            .allocations
            .map_or_else(String::new, |made| format!("{:.1}", made.count));
        write!(
            out,
            "<tr title=\"{}\"><td>{}<td>{}<td>{}<td>{}<td>{made}<td>{referred}/{}<td>{}",
            escaped(&cost.file),
            escaped(policy),
            share(cost.share),
            escaped(&gate(cost.gate.as_ref())),
            time(*alone),
            figures.reviews.count,
            escaped(&note(cost)),
        )?;
        for rule in rules {
            write!(
                out,
                "<tr class=\"rule\"><td>{}<td>{}<td>{}<td><td><td><td>",
                escaped(&rule.rule),
                share(rule.share),
                escaped(&gate(rule.gate.as_ref())),
            )?;
        }
    }
    out.push_str("</table></div>");
    Ok(())
}

fn slowest(out: &mut String, figures: &Figures) -> std::fmt::Result {
    out.push_str(
        "<h2>Slowest reviews</h2><div class=\"wide\"><table class=\"reviews\"><thead><tr><th>Review\
         <th>Bytes<th>p50<th>p99<th>Answer</thead>",
    );
    for review in &figures.slowest {
        write!(
            out,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}",
            escaped(&review.review),
            review.bytes,
            time(review.p50),
            time(review.p99),
            if review.allowed { "allowed" } else { "denied" },
        )?;
    }
    out.push_str("</table></div>");
    Ok(())
}

fn thousands(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{:.2} M", value / 1e6),
        value if value >= 1e4 => format!("{:.0} k", value / 1e3),
        value => format!("{value:.0}"),
    }
}

const HEAD: &str = "<!doctype html>
<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">
<meta name=\"color-scheme\" content=\"light dark\"><title>Policy costs</title><style>
:root{--page:#fbfbfa;--ink:#1c2024;--quiet:#5c6470;--line:#d9dce1;--card:#fff;--own:#2f6fd0;--shared:#8b6fc9;--reading:#9aa5b1;--bounds:#12305f;--mark:#c2410c;--worse:#b42318;--better:#147a43}
@media(prefers-color-scheme:dark){:root{--page:#14171a;--ink:#e6e8eb;--quiet:#9aa3ad;--line:#31373e;--card:#1c2024;--own:#5b96ea;--shared:#a78be0;--reading:#5d6873;--bounds:#dbe8fc;--mark:#fb923c;--worse:#f97066;--better:#4ade80}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1040px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:26px;margin:0}h2{font-size:19px;margin:40px 0 4px}h3{font-size:15px;margin:20px 0 8px}
p{margin:4px 0 14px}.quiet{color:var(--quiet)}.warn{color:var(--worse)}
.cards{display:flex;flex-wrap:wrap;gap:12px;margin-top:20px}
.cards div{flex:1 1 130px;background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px 14px}
.cards span,.cards small{display:block;color:var(--quiet);font-size:13px}.cards b{font-size:22px;font-weight:600;white-space:nowrap}
svg{display:block;width:100%;height:auto;font:13px system-ui,sans-serif}
svg text{fill:var(--ink)}.name{text-anchor:end}.tick{text-anchor:middle;fill:var(--quiet)!important}
.figure{fill:var(--quiet)!important;white-space:pre;paint-order:stroke;stroke:var(--page);stroke-width:4px}
.own{fill:var(--own)}.shared{fill:var(--shared)}.reading{fill:var(--reading)}
.bounds{stroke:var(--bounds);stroke-width:1.4;fill:none}.axis{stroke:var(--line);fill:none}
.mark{stroke:var(--mark);stroke-width:1.4;stroke-dasharray:3 3;fill:none}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:right;padding:5px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th{color:var(--quiet);font-weight:500}td:first-child,th:first-child,td:last-child,th:last-child{text-align:left}
td:last-child{color:var(--quiet);white-space:normal}.reviews td:first-child{white-space:normal;overflow-wrap:anywhere}
.rule td{color:var(--quiet)}.rule td:first-child{padding-left:30px}
.worse{color:var(--worse)}.better{color:var(--better)}
</style></head><body><main>
";
