//! `portcullis exceptions`: which PolicyExceptions there are, and which of them nobody needs any more.

use std::collections::BTreeMap;
use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use comfy_table::Cell;
use jiff::{SpanRound, Timestamp, Unit};
use kube::Client;
use serde::Serialize;
use serde_json::Value as Json;

use super::cluster::{Which, wait};
use super::table::{self, Output};
use crate::cluster::kinds::Kinds;
use crate::cluster::objects::{self, Pages};
use crate::exceptions::About;

/// List PolicyExceptions: age, end, owner, ticket, and how many results they let off.
///
/// An exception that lets off nothing is one that nothing needs now: counted are the results of all
/// reports that name it. Owner and ticket are the annotations `polex.kyverno.io/owner` and
/// `polex.kyverno.io/ticket`, or fields of `spec.properties`.
#[derive(Args, Debug)]
pub(super) struct Exceptions {
    #[command(flatten)]
    cluster: Which,

    /// Only those of this namespace.
    #[arg(short, long, value_name = "NAMESPACE")]
    namespace: Option<String>,

    /// Only those that let off nothing, or have ended.
    #[arg(long)]
    unused: bool,

    /// How they are printed.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

/// One exception.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
    #[serde(flatten)]
    about: About,
    /// Has it ended?
    ended: bool,
    /// Results of reports that name it.
    lets_off: usize,
}

const COLUMNS: [&str; 8] = [
    "NAMESPACE",
    "NAME",
    "POLICIES",
    "AGE",
    "EXPIRES",
    "OWNER",
    "TICKET",
    "LETS OFF",
];

impl Exceptions {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode> {
        let mut rows = wait(self.rows())?;
        if self.unused {
            rows.retain(|row| row.ended || row.lets_off == 0);
        }
        match self.output {
            Output::Json => anstream::println!("{}", serde_json::to_string_pretty(&rows)?),
            Output::Table => anstream::println!("{}", shown(&rows, Timestamp::now())),
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn rows(&self) -> Result<Vec<Row>> {
        let cluster = self.cluster.connect().await?;
        let client = cluster.client();
        let kinds = Kinds::discover(client).await?;
        let now = Timestamp::now();
        let mut rows = Vec::new();
        let namespace = self.namespace.as_deref();
        for group in ["kyverno.io", "policies.kyverno.io"] {
            let own = (group, "policyexceptions");
            each(client, &kinds, own, namespace, &mut |object| {
                let about = About::of(object);
                let end: Option<Timestamp> = about.expires.parse().ok();
                rows.push(Row {
                    ended: end.is_some_and(|end| end < now),
                    about,
                    lets_off: 0,
                });
            })
            .await?;
        }
        let mut used: BTreeMap<(String, String), usize> = BTreeMap::new();
        for report in [
            ("wgpolicyk8s.io", "policyreports"),
            ("wgpolicyk8s.io", "clusterpolicyreports"),
            ("openreports.io", "reports"),
            ("openreports.io", "clusterreports"),
        ] {
            each(client, &kinds, report, None, &mut |report| {
                count(report, &mut used)
            })
            .await?;
        }
        for row in &mut rows {
            let About { name, policies, .. } = &row.about;
            let results = policies.iter();
            let results = results.filter_map(|policy| used.get(&(name.clone(), policy.clone())));
            row.lets_off = results.sum();
        }
        rows.sort_by(|a, b| {
            let key = |row: &Row| (row.about.namespace.clone(), row.about.name.clone());
            key(a).cmp(&key(b))
        });
        Ok(rows)
    }
}

/// Reads every object of a resource that is served, page by page.
async fn each(
    client: &Client,
    kinds: &Kinds,
    (group, plural): (&str, &str),
    namespace: Option<&str>,
    take: &mut impl FnMut(&Json),
) -> Result<()> {
    let Some(served) = kinds.preferred(group, plural) else {
        return Ok(());
    };
    let api = objects::api(client, &served.resource(), namespace);
    let mut pages = Pages::new(api, None);
    while let Some(page) = pages.next().await? {
        for object in page {
            take(&serde_json::to_value(&object)?);
        }
    }
    Ok(())
}

/// Counts the results of a report by the exceptions that they name, and by policy.
fn count(report: &Json, used: &mut BTreeMap<(String, String), usize>) {
    let results = report.get("results").and_then(Json::as_array);
    for result in results.into_iter().flatten() {
        let names = result
            .pointer("/properties/exceptions")
            .and_then(Json::as_str);
        let policy = result
            .get("policy")
            .and_then(Json::as_str)
            .unwrap_or_default();
        for name in names.into_iter().flat_map(|names| names.split(',')) {
            let key = (name.to_owned(), policy.to_owned());
            *used.entry(key).or_default() += 1;
        }
    }
}

fn shown(rows: &[Row], now: Timestamp) -> String {
    let mut table = table::coloured(&COLUMNS);
    for row in rows {
        let About {
            namespace,
            name,
            policies,
            created,
            expires,
            owner,
            ticket,
        } = &row.about;
        let end = match (expires.as_str(), row.ended) {
            ("", _) => "never".to_owned(),
            (end, true) => format!("{end} (over)"),
            (end, false) => end.to_owned(),
        };
        table.add_row(vec![
            Cell::new(namespace),
            table::name(name),
            Cell::new(policies.join(", ")),
            Cell::new(age(created, now)),
            Cell::new(end),
            Cell::new(owner),
            Cell::new(ticket),
            Cell::new(row.lets_off),
        ]);
    }
    table.to_string()
}

/// `5d`, `3h`, `20m`: the largest unit alone.
fn age(created: &str, now: Timestamp) -> String {
    let Ok(created) = created.parse::<Timestamp>() else {
        return String::new();
    };
    let minutes = SpanRound::new()
        .largest(Unit::Minute)
        .smallest(Unit::Minute);
    let minutes = (now - created)
        .round(minutes)
        .map(|span| span.get_minutes());
    match minutes.unwrap_or_default() {
        minutes if minutes >= 48 * 60 => format!("{}d", minutes / (24 * 60)),
        minutes if minutes >= 120 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::{age, count};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn ages() {
        for (created, expect) in [
            ("2026-01-09T23:40:00Z", "20m"),
            ("2026-01-09T20:00:00Z", "4h"),
            ("2026-01-01T00:00:00Z", "9d"),
            ("",                     ""),
        ] {
            let now = "2026-01-10T00:00:00Z".parse().unwrap();
            assert_eq!(age(created, now), expect, "{created}");
        }
    }

    #[test]
    fn results_are_counted_by_exception_and_policy() {
        let mut used = BTreeMap::new();
        let entry = |policy: &str, names: &str| json!({"policy": policy, "properties": {"exceptions": names}});
        let report = json!({"results": [entry("p", "a,b"), entry("p", "a"), entry("q", "a"), {"policy": "p"}]});
        count(&report, &mut used);
        let key = |name: &str, policy: &str| (name.to_owned(), policy.to_owned());
        assert_eq!(
            used,
            BTreeMap::from([(key("a", "p"), 2), (key("a", "q"), 1), (key("b", "p"), 1)])
        );
    }
}
