//! `portcullis sources`: where every policy comes from, and which of several of one name decides.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use comfy_table::Cell;

use super::cluster::{Which, wait};
use super::table::{self, Output};
use crate::cluster::kinds::Kinds;
use crate::snapshot::{PolicyStatus, Report, survey};
use crate::source::{self, listed, wanted};

/// Show which source gives which policy, and conflicts between them.
///
/// Reads what `serve` with the same `--rules` and `--in-cluster` would read, and says what would be in
/// force. Of several policies with one name the first good one decides, in this order: files by their
/// absolute paths, then objects of the cluster. So a folder that a git checkout, an OCI artifact or a
/// ConfigMap is synced to overrides what people apply, and folders override one another by name.
#[derive(Args, Debug)]
pub(super) struct Sources {
    /// A policy file, or a folder that is searched for them; may be repeated.
    #[arg(long, value_name = "PATH")]
    rules: Vec<PathBuf>,

    /// Policies and exceptions of the cluster as well.
    #[arg(long)]
    in_cluster: bool,

    #[command(flatten)]
    cluster: Which,

    /// Only policies that have a conflict or a mistake.
    #[arg(long)]
    conflicts: bool,

    /// How they are printed.
    #[arg(short, long, value_enum, default_value_t = Output::Table)]
    output: Output,
}

impl Sources {
    /// Runs the command.
    pub(super) fn run(self) -> Result<ExitCode> {
        if self.rules.is_empty() && !self.in_cluster {
            bail!("name files or folders with --rules, or the cluster with --in-cluster");
        }
        let mut changes = source::read(&self.rules)?;
        if self.in_cluster {
            changes.extend(wait(self.objects())?);
        }
        let mut report = survey(changes);
        if self.conflicts {
            let wrong = |status: &PolicyStatus| !status.errors.is_empty();
            report.retain(wrong);
        }
        match self.output {
            Output::Json => anstream::println!("{}", serde_json::to_string_pretty(&report)?),
            Output::Table => anstream::println!("{}", shown(&report)),
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn objects(&self) -> Result<Vec<source::Change>> {
        let cluster = self.cluster.connect().await?;
        let client = cluster.client();
        let kinds = Kinds::discover(client).await?;
        let all = wanted::Exceptions {
            enabled: true,
            namespace: "*".to_owned(),
        };
        Ok(listed::list(client, &kinds, &wanted::wanted(&all)).await?)
    }
}

fn shown(report: &Report) -> String {
    let mut table = table::coloured(&["KIND", "POLICY", "SOURCE", "STATE", "WHY"]);
    for status in report.policies().chain(report.exceptions()) {
        let name = match status.namespace.as_str() {
            "" => status.name.clone(),
            namespace => format!("{namespace}/{}", status.name),
        };
        let why = status.errors.iter().map(|finding| finding.message.as_str());
        table.add_row(vec![
            Cell::new(&status.kind),
            table::name(&name),
            Cell::new(&status.file),
            Cell::new(state(status)),
            Cell::new(why.collect::<Vec<_>>().join("\n")),
        ]);
    }
    let mut text = table.to_string();
    for finding in report.errors() {
        text.push_str(&format!("\n{}: {}", finding.place(), finding.message));
    }
    text
}

/// What became of it, in a word.
fn state(status: &PolicyStatus) -> &'static str {
    let hidden = status.errors.iter().any(|it| it.code == "duplicate-policy");
    match (status.in_force, hidden) {
        (true, _) => "in force",
        (false, true) => "overridden",
        (false, false) => "broken",
    }
}
