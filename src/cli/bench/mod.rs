//! `portcullis bench`: what do my policies cost?
//!
//! Comes in:  policies, and reviews or resources.
//! Goes out:  figures as a table, JSON or a page; what became slower since an earlier run.
//! Never here: a network, a server: reviews are answered in this process, on one thread.
//!
//! ```text
//! policies, reviews ─> measure: latency ─> Figures ─> text, JSON, page
//!                        ├─ each policy taken away        ├─ compare
//!                        └─ each policy by the reference evaluator
//! ```
//!
//! What a policy costs has two honest answers, and both are given. *In the gate*: by how much an
//! answer gets faster when the policy is taken away and everything else stays. Checks that several
//! policies share stay when one of them goes, so they belong to none and are shown as shared; with
//! reading and answering, the parts add up to the whole. *Alone*: what the reference evaluator takes
//! for it, which is what a policy costs whenever it denies, fails or cannot be lowered, and in
//! reports.

mod chart;
mod clock;
mod compare;
mod costs;
mod figures;
mod measure;
mod page;
mod policies;
mod reviews;
mod stats;
mod text;
mod world;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use super::load::read_exceptions;
use compare::Comparison;
use figures::Figures;
use measure::{Effort, Subject};
use policies::Set;
use world::World;

/// Measure what policies cost.
///
/// Every review is answered in this process as the gate answers it. For each policy it says what an
/// answer would save without it, what the reference evaluator takes for it alone, and what it
/// allocates.
#[derive(Args, Debug)]
pub(crate) struct Bench {
    /// Policy files or directories.
    #[arg(value_name = "POLICY", required = true)]
    policies: Vec<PathBuf>,
    /// AdmissionReviews (one in a file, or a recording: JSON lines), or resources, which become
    /// reviews that create them. Files or directories; `-` reads standard input.
    #[arg(
        short,
        long = "resource",
        visible_alias = "review",
        value_name = "FILE",
        value_delimiter = ',',
        required = true
    )]
    reviews: Vec<PathBuf>,
    /// PolicyException files.
    #[arg(short, long = "exception", value_delimiter = ',')]
    exceptions: Vec<PathBuf>,
    /// Objects of the cluster that policies ask for: ConfigMaps, Namespaces, whatever `apiCall` gets
    /// by name. What is not here is answered with an error.
    #[arg(long = "object", value_name = "FILE", value_delimiter = ',')]
    objects: Vec<PathBuf>,
    /// Measure as if every policy enforced. The gate evaluates policies that only audit after its
    /// answer, so they cost a request nothing.
    #[arg(long)]
    enforce: bool,
    /// How long to measure, about.
    #[arg(long, default_value = "10s", value_parser = super::serve::parse_duration)]
    duration: Duration,
    /// Take every measure so many times instead, however long that takes.
    #[arg(long, conflicts_with = "duration")]
    iterations: Option<u32>,
    /// How the figures are printed.
    #[arg(short, long, default_value = "text")]
    output: Format,
    /// Print this many policies, the slowest; 0 prints all. JSON and the page hold all of them.
    #[arg(long, default_value_t = 20)]
    top: usize,
    /// Write a page with charts.
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,
    /// The JSON of an earlier run: which policies became slower since?
    #[arg(long, value_name = "OLD.json")]
    compare: Option<PathBuf>,
    /// With `--compare`, exit with 1 where the median answer became slower by more than this.
    #[arg(long, value_name = "PERCENT", requires = "compare")]
    fail_above: Option<f64>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Bench {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<ExitCode> {
        // Read first: a mistake in the file must not come to light after a long measurement.
        let before = self.compare.as_deref().map(Figures::read).transpose()?;
        let set = Set::read(&self.policies, self.enforce)?;
        let cases = reviews::read(&self.reviews)?;
        if cases.is_empty() {
            bail!("there is no review and no resource to measure with");
        }
        let exceptions = read_exceptions(&self.exceptions)?;
        let world = World::read(&self.objects)?;
        let effort = match self.iterations {
            Some(times) => Effort::Times(times.max(1) as usize),
            None => Effort::Time(self.duration),
        };
        let subject = Subject::new(&set, &cases, &exceptions, &world)?;
        let figures = subject.measure(effort);
        let comparison = before.map(|before| Comparison::of(&before, &figures));
        match self.output {
            Format::Text => {
                anstream::print!("{}", text::figures(&figures, self.top));
                if let Some(comparison) = &comparison {
                    anstream::print!("\n{}", text::comparison(comparison, self.top));
                }
            }
            Format::Json => {
                let mut document = serde_json::to_value(&figures)?;
                if let (Some(comparison), Some(map)) = (&comparison, document.as_object_mut()) {
                    map.insert("comparison".to_owned(), serde_json::to_value(comparison)?);
                }
                anstream::println!("{document:#}");
            }
        }
        if let Some(path) = &self.report {
            fs::write(path, page::page(&figures, comparison.as_ref()))
                .with_context(|| format!("failed to write `{}`", path.display()))?;
            anstream::eprintln!("report: {}", path.display());
        }
        let slower = comparison.is_some_and(|comparison| {
            self.fail_above
                .is_some_and(|limit| comparison.slower_by() > limit)
        });
        Ok(ExitCode::from(u8::from(slower)))
    }
}
