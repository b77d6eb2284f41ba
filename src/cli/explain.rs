//! `portcullis explain`: why a policy says what it says.

mod picture;

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use clap::Args;
use portcullis_engine::doc::AnyPolicy;
use portcullis_engine::picture::Plan;
use portcullis_engine::program::Program;
use portcullis_engine::trace::{Step, Trace};
use portcullis_lang::scalar::wildcard;
use serde_json::{Value as Json, json};

use super::account;
use super::load::{
    Policies, Resource, SourceFile, User, Values, read_exceptions, read_resources, read_schemas,
};
use super::run::{CloneSources, Order, Run};
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
    /// Draw the plan into this file instead: places, tests and how many rules share each.
    #[arg(long, value_name = "FILE.svg", requires = "plan")]
    svg: Option<PathBuf>,
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
            let validating = policies.valid.iter().filter_map(|policy| match policy {
                AnyPolicy::Validating(policy) => Some(Arc::clone(policy)),
                _ => None,
            });
            let program = program
                .with_exceptions(exceptions.from_rules)
                .with_cel(validating, exceptions.from_policies);
            match &self.svg {
                Some(path) => {
                    let drawn = picture::picture(&Plan::of(&program, &self.kind));
                    fs::write(path, drawn)
                        .with_context(|| format!("failed to write `{}`", path.display()))?;
                }
                None => anstream::print!("{}", program.explain(&self.kind)),
            }
            return Ok(ExitCode::SUCCESS);
        }
        let run = Run {
            program,
            order: Order::of(&policies.valid),
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
            targets: None,
            params: Vec::new(),
            schemas: read_schemas(&[])?,
            clone_sources: CloneSources::default(),
            verbose: false,
            coverage: None,
        };
        let mut documents = Vec::new();
        for resource in read_resources(&self.resources)? {
            for (policy, file) in std::iter::zip(&run.policies.valid, &run.policies.files) {
                let trace = Trace::default();
                run.policy_on(policy, &resource, None, Some(&trace))?;
                for steps in account::by_rule(&trace.take()) {
                    if wildcard::matches(&self.rule, account::rule(steps)) {
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
        let rule = account::rule(steps);
        let of = format!(
            "{}/{}/{}",
            resource.namespace(),
            resource.kind(),
            resource.name()
        );
        if self.output_format == Format::Text {
            let of_rule = match rule {
                "" => String::new(),
                rule => format!(", rule {rule}"),
            };
            anstream::println!("\npolicy {policy}{of_rule} -> resource {of}");
            anstream::print!("{}", account::text(file, steps));
        }
        json!({
            "policy": policy,
            "rule": rule,
            "resource": of,
            "steps": account::json(file, steps),
        })
    }
}
