//! Rows as a table for people, and as one document for machines.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, Table, presets};

use crate::cli::{junit, table};

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
    let mut table = table::coloured(&columns(detailed));
    for row in rows {
        let mut cells = vec![
            Cell::new(row.id),
            table::name(&row.policy),
            table::name(&row.rule),
            table::name(&row.resource),
            table::result(row.result.as_str()),
            Cell::new(&row.reason),
        ];
        if detailed {
            cells.push(Cell::new(row.message.as_deref().unwrap_or_default()));
        }
        table.add_row(cells);
    }
    table.to_string()
}

/// All rows as one document.
pub(crate) fn document(rows: &[&Row], format: Format, detailed: bool) -> String {
    match format {
        Format::Json => format!("{:#}", json(rows, detailed)),
        Format::Yaml => crate::cli::report::from_json(
            &json(rows, detailed),
            portcullis_lang::value::yaml::write,
        ),
        Format::Markdown => markdown(rows, detailed),
        Format::Junit => self::junit(rows),
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

fn columns(detailed: bool) -> Vec<&'static str> {
    let mut columns = vec!["ID", "POLICY", "RULE", "RESOURCE", "RESULT", "REASON"];
    columns.extend(detailed.then_some("MESSAGE"));
    columns
}

fn markdown(rows: &[&Row], detailed: bool) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(columns(detailed));
    // A bar would end the cell, and so would the end of a line the row.
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for row in rows {
        let texts = [&row.policy, &row.rule, &row.resource].map(|text| cell(text));
        let rest = [row.result.as_str(), &row.reason].map(cell);
        let message = detailed.then(|| cell(row.message.as_deref().unwrap_or_default()));
        let cells = [row.id.to_string()].into_iter().chain(texts).chain(rest);
        table.add_row(cells.chain(message));
    }
    table.to_string()
}

/// One suite for each policy.
fn junit(rows: &[&Row]) -> String {
    let cases: Vec<_> = rows
        .iter()
        .map(|row| junit::Case {
            suite: &row.policy,
            class: &row.rule,
            name: &row.resource,
            result: match row.result {
                Judgement::Pass => junit::Result::Passed,
                Judgement::Skip => junit::Result::Skipped(&row.reason),
                Judgement::Fail => {
                    junit::Result::Failed(&row.reason, row.message.as_deref().unwrap_or_default())
                }
            },
        })
        .collect();
    junit::document(&cases)
}
