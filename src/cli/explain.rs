//! `portcullis explain`: why a policy says what it says.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use portcullis_engine::program::Program;
use portcullis_engine::trace::{Step, Trace};
use portcullis_lang::diagnostic::position;
use portcullis_lang::scalar::wildcard;
use serde_json::{Value as Json, json};

use super::load::{Policies, Resource, SourceFile, User, Values, read_exceptions, read_resources};
use super::run::{CloneSources, Run};
use crate::facts::offline::Offline;

/// Show every step that led to an outcome: match, preconditions, variables, patterns, with their
/// values and the lines of the policy.
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// Policy files or directories.
    #[arg(long = "policy", required = true)]
    policies: Vec<PathBuf>,
    /// Resource files or directories.
    #[arg(short, long = "resource", required_unless_present = "plan")]
    resources: Vec<PathBuf>,
    /// Print what the policies were compiled to for one kind: which tests are shared by how many
    /// rules, and what is left to the reference evaluator.
    #[arg(long, conflicts_with = "resources")]
    plan: bool,
    /// The kind whose plan is printed.
    #[arg(long, default_value = "Pod", requires = "plan")]
    kind: String,
    /// Only rules of this name; a wildcard.
    #[arg(long, default_value = "*")]
    rule: String,
    /// Values for variables.
    #[arg(short = 'f', long)]
    values_file: Option<PathBuf>,
    /// Who sends the requests.
    #[arg(short, long)]
    userinfo: Option<PathBuf>,
    /// PolicyException files.
    #[arg(short, long = "exception")]
    exceptions: Vec<PathBuf>,
    /// `text`, or one JSON array of all steps.
    #[arg(short, long, default_value = "text")]
    output_format: Format,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Explain {
    /// Runs the command.
    pub(crate) fn run(self) -> Result<ExitCode> {
        let policies = Policies::read(&self.policies)?;
        if let Some(invalid) = policies.invalid.first() {
            let shown = super::diagnostics::render(&invalid.file, &invalid.diagnostics);
            bail!(
                "`{}` has a policy that cannot be used\n{shown}",
                invalid.file.path.display()
            );
        }
        let program = Program::new(policies.with_rules().cloned());
        if self.plan {
            let exceptions = read_exceptions(&self.exceptions)?;
            let program = program.with_exceptions(exceptions);
            anstream::print!("{}", program.explain(&self.kind));
            return Ok(ExitCode::SUCCESS);
        }
        let run = Run {
            program,
            policies,
            values: self
                .values_file
                .as_deref()
                .map(Values::read)
                .transpose()?
                .unwrap_or_default(),
            user: self.userinfo.as_deref().map(User::read).transpose()?,
            exceptions: read_exceptions(&self.exceptions)?,
            outside: Offline::default(),
            live: None,
            existing: Vec::new(),
            params: Vec::new(),
            clone_sources: CloneSources::default(),
            coverage: None,
        };
        let mut documents = Vec::new();
        for resource in read_resources(&self.resources)? {
            for (policy, file) in std::iter::zip(&run.policies.valid, &run.policies.files) {
                let trace = Trace::default();
                run.policy_on(policy, &resource, None, Some(&trace))?;
                for steps in by_rule(&trace.take()) {
                    if steps
                        .first()
                        .is_some_and(|step| wildcard::matches(&self.rule, &step.text))
                    {
                        documents.push(self.show(policy.name(), file, &resource, steps));
                    }
                }
            }
        }
        if self.output_format == Format::Json {
            anstream::println!("{:#}", Json::Array(documents));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Prints one rule's steps, or returns them for the one document.
    fn show(&self, policy: &str, file: &SourceFile, resource: &Resource, steps: &[Step]) -> Json {
        let rule = steps.first().map_or("", |step| step.text.as_str());
        let of = format!(
            "{}/{}/{}",
            resource.namespace(),
            resource.kind(),
            resource.name()
        );
        if self.output_format == Format::Text {
            anstream::println!("\npolicy {policy}, rule {rule} -> resource {of}");
            for step in steps.iter().skip(1) {
                anstream::println!("{}", line(file, step));
            }
        }
        json!({
            "policy": policy,
            "rule": rule,
            "resource": of,
            "steps": steps.iter().skip(1).map(|step| as_json(file, step)).collect::<Vec<_>>(),
        })
    }
}

/// The steps of each rule; each begins with a step `rule`.
fn by_rule(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(|_, next| next.what != "rule")
}

fn line(file: &SourceFile, step: &Step) -> String {
    let mark = match step.holds {
        Some(true) => "yes",
        Some(false) => "no ",
        None => "   ",
    };
    let place = match step.at.end {
        0 => String::new(),
        _ => {
            let at = position(&file.text, step.at.start);
            format!("  ({}:{}:{})", file.path.display(), at.line, at.column)
        }
    };
    let indent = "  ".repeat(step.depth);
    format!("  {mark} {indent}{:<13} {}{place}", step.what, step.text)
}

fn as_json(file: &SourceFile, step: &Step) -> Json {
    let at = (step.at.end > 0).then(|| position(&file.text, step.at.start));
    json!({
        "depth": step.depth,
        "what": step.what,
        "text": step.text,
        "holds": step.holds,
        "file": at.map(|_| file.path.display().to_string()),
        "line": at.map(|at| at.line),
        "column": at.map(|at| at.column),
    })
}
