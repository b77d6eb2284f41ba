//! Rows as a table for people, and as one document for machines.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Table, TableStyle, presets};

use super::judge::{DIFFERENT, Judgement, Row};

/// What is printed on standard output.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One array.
    Json,
    /// One list.
    Yaml,
    /// A table for a pull request.
    Markdown,
    /// For CI systems.
    Junit,
}

/// A table for a terminal.
pub(crate) fn table(rows: &[&Row], detailed: bool) -> String {
    laid_out(rows, detailed, presets::UTF8_FULL_CONDENSED)
}

/// All rows as one document.
pub(crate) fn document(rows: &[&Row], format: Format, detailed: bool) -> String {
    match format {
        Format::Json => format!("{:#}", json(rows, detailed)),
        Format::Yaml => crate::cli::report::from_json(
            &json(rows, detailed),
            portcullis_lang::value::yaml::write,
        ),
        Format::Markdown => laid_out(rows, detailed, presets::ASCII_MARKDOWN),
        Format::Junit => junit(rows),
    }
}

fn json(rows: &[&Row], detailed: bool) -> serde_json::Value {
    let mut rows: Vec<Row> = rows.iter().map(|row| (*row).clone()).collect();
    if !detailed {
        rows.iter_mut().for_each(|row| row.message = None);
    }
    serde_json::json!(rows)
}

/// What differs between the expected objects and those that policies made, for a terminal.
pub(crate) fn differences(rows: &[&Row]) -> String {
    let gone = Style::new().fg_color(Some(AnsiColor::Red.into()));
    let new = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let mut out = String::new();
    for row in rows.iter().filter(|row| row.reason == DIFFERENT) {
        let (id, rule, resource) = (row.id, &row.rule, &row.resource);
        let _ = writeln!(
            out,
            "{id}. {rule} -> {resource} ({gone}- expected{gone:#}, {new}+ made{new:#}):"
        );
        for line in row.message.iter().flat_map(|message| message.lines()) {
            let style = match line.as_bytes().first() {
                Some(b'-') => gone,
                Some(b'+') => new,
                _ => Style::new(),
            };
            let _ = writeln!(out, "   {style}{line}{style:#}");
        }
    }
    out
}

/// How each row came about, for a terminal.
pub(crate) fn accounts(rows: &[&Row]) -> String {
    let mut out = String::new();
    for row in rows {
        let Some(account) = &row.account else {
            continue;
        };
        let (id, policy, resource) = (row.id, &row.policy, &row.resource);
        let (result, reason) = (row.result.as_str(), &row.reason);
        let _ = writeln!(out, "{id}. {policy} -> {resource}: {result}, {reason}");
        let _ = writeln!(out, "{}", account.text);
    }
    out
}

fn laid_out(rows: &[&Row], detailed: bool, style: TableStyle) -> String {
    let mut table = Table::new();
    table.load_style(style);
    let mut header = vec!["ID", "POLICY", "RULE", "RESOURCE", "RESULT", "REASON"];
    if detailed {
        header.push("MESSAGE");
    }
    table.set_header(header);
    for row in rows {
        let id = row.id.to_string();
        let mut cells = vec![&id, &row.policy, &row.rule, &row.resource];
        let result = row.result.as_str().to_owned();
        cells.extend([&result, &row.reason]);
        let empty = String::new();
        if detailed {
            cells.push(row.message.as_ref().unwrap_or(&empty));
        }
        table.add_row(cells);
    }
    table.to_string()
}

/// One suite for each policy.
fn junit(rows: &[&Row]) -> String {
    let mut policies: Vec<&str> = rows.iter().map(|row| row.policy.as_str()).collect();
    policies.dedup();
    policies.sort_unstable();
    policies.dedup();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for policy in policies {
        let own: Vec<_> = rows.iter().filter(|row| row.policy == policy).collect();
        let count = |judgement| own.iter().filter(|row| row.result == judgement).count();
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">",
            escaped(policy),
            own.len(),
            count(Judgement::Fail),
            count(Judgement::Skip)
        );
        for row in own {
            let _ = write!(
                out,
                "    <testcase classname=\"{}\" name=\"{}\"",
                escaped(&row.rule),
                escaped(&row.resource)
            );
            let message = row.message.as_deref().unwrap_or_default();
            let _ = match row.result {
                Judgement::Pass => writeln!(out, "/>"),
                Judgement::Skip => writeln!(
                    out,
                    "><skipped message=\"{}\"/></testcase>",
                    escaped(&row.reason)
                ),
                Judgement::Fail => writeln!(
                    out,
                    "><failure message=\"{}\">{}</failure></testcase>",
                    escaped(&row.reason),
                    escaped(message)
                ),
            };
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>");
    out
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
