//! The results of `apply` as rows: a table for a terminal, Markdown, JUnit's XML.
//!
//! Comes in:  responses.
//! Goes out:  text.
//! Never here: reports (see `cli::report`).

use comfy_table::{Cell, Table, presets};
use portcullis_engine::outcome::Status;

use crate::cli::report::{self, Format};
use crate::cli::run::{Response, metadata};
use crate::cli::{junit, table};

/// One result.
pub(super) struct Row {
    policy: String,
    rule: String,
    /// `NAMESPACE/KIND/NAME`
    resource: String,
    status: Status,
    reason: String,
    message: String,
}

/// Every result, in order.
pub(super) fn rows(responses: &[Response], audit_warn: bool) -> Vec<Row> {
    let mut rows = Vec::new();
    for response in responses {
        for rule in &response.rules {
            let status = report::counted(response, rule, audit_warn);
            rows.push(Row {
                policy: response.policy.key(),
                rule: rule.rule.clone(),
                resource: place(response),
                status,
                reason: match (status, rule.exceptions.as_slice()) {
                    (Status::Pass, _) => "Ok".to_owned(),
                    (_, []) => String::new(),
                    (_, exceptions) => format!("Excepted by {}", exceptions.join(", ")),
                },
                message: rule.message.clone(),
            });
        }
    }
    rows
}

/// `NAMESPACE/KIND/NAME` of the resource that a policy was asked about, or that it was none.
pub(super) fn place(response: &Response) -> String {
    let root = response.resource.root();
    if root.text("kind").is_empty() {
        return "JSON payload".to_owned();
    }
    let (namespace, name) = (metadata(root, "namespace"), metadata(root, "name"));
    format!("{namespace}/{}/{name}", root.text("kind"))
}

/// A table for a terminal.
pub(super) fn table(rows: &[Row], detailed: bool) -> String {
    let mut table = table::coloured(&columns(detailed));
    for (index, row) in rows.iter().enumerate() {
        let mut cells = vec![
            Cell::new(index + 1),
            table::name(&row.policy),
            table::name(&row.rule),
            table::name(&row.resource),
            table::result(row.status.as_str()),
            Cell::new(&row.reason),
        ];
        cells.extend(detailed.then(|| Cell::new(&row.message)));
        table.add_row(cells);
    }
    table.to_string()
}

fn columns(detailed: bool) -> Vec<&'static str> {
    let mut columns = vec!["ID", "POLICY", "RULE", "RESOURCE", "RESULT", "REASON"];
    columns.extend(detailed.then_some("MESSAGE"));
    columns
}

/// All rows as one document.
pub(super) fn document(rows: &[Row], format: Format) -> String {
    match format {
        Format::Junit => as_junit(rows),
        _ => markdown(rows),
    }
}

fn markdown(rows: &[Row]) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(columns(true));
    // A bar would end the cell, and so would the end of a line the row.
    let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
    for (index, row) in rows.iter().enumerate() {
        let status = row.status.as_str();
        let texts = [&row.policy, &row.rule, &row.resource].map(|text| cell(text));
        let rest = [status, &row.reason, &row.message].map(cell);
        let id = (index + 1).to_string();
        table.add_row([id].into_iter().chain(texts).chain(rest));
    }
    table.to_string()
}

fn as_junit(rows: &[Row]) -> String {
    let cases: Vec<_> = rows
        .iter()
        .map(|row| junit::Case {
            suite: &row.policy,
            class: &row.rule,
            name: &row.resource,
            result: match row.status {
                Status::Pass => junit::Result::Passed,
                Status::Skip => junit::Result::Skipped(&row.message),
                // JUnit knows no warnings, and a warning is no failure.
                Status::Warn => junit::Result::Skipped("warning"),
                Status::Fail => junit::Result::Failed("fail", &row.message),
                Status::Error => junit::Result::Error("error", &row.message),
            },
        })
        .collect();
    junit::document(&cases)
}
