//! `portcullis apply`: policies on resources, without a cluster.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use clap::Args;
use portcullis_engine::doc::Action;
use portcullis_engine::outcome::Status;

use super::diagnostics;
use super::load::{Policies, Resource, User, Values, read_exceptions, read_resources};
use super::report::{self, Counts, Format};
use super::run::{Response, Run, metadata};
use crate::facts::offline::Offline;
use portcullis_engine::program::Program;

/// Apply policies to resources and print what they say.
#[derive(Args, Debug)]
pub(crate) struct Apply {
    /// Policy files or directories; `-` reads standard input.
    #[arg(value_name = "POLICY")]
    policies: Vec<PathBuf>,
    /// Resource files or directories; `-` reads standard input.
    #[arg(
        short,
        long = "resource",
        visible_alias = "resources",
        value_delimiter = ','
    )]
    resources: Vec<PathBuf>,
    /// Values for variables.
    #[arg(short = 'f', long)]
    values_file: Option<PathBuf>,
    /// Values for variables, `key=value`, separated by commas.
    #[arg(short, long)]
    set: Vec<String>,
    /// Who sends the requests.
    #[arg(short, long)]
    userinfo: Option<PathBuf>,
    /// PolicyException files.
    #[arg(
        short,
        long = "exception",
        visible_alias = "exceptions",
        value_delimiter = ','
    )]
    exceptions: Vec<PathBuf>,
    /// Print policy reports.
    #[arg(short, long)]
    policy_report: bool,
    /// The format of reports.
    #[arg(long, default_value = "yaml")]
    output_format: Format,
    /// Count failures of Audit policies as warnings.
    #[arg(long)]
    audit_warn: bool,
    /// The exit code where there are warnings.
    #[arg(long, default_value_t = 0)]
    warn_exit_code: u8,
    /// Use the warning exit code also where nothing passed.
    #[arg(long)]
    warn_no_pass: bool,
    /// Print without colours.
    #[arg(long)]
    remove_color: bool,
    /// File or directory for changed and generated objects.
    #[arg(short, long)]
    output: Option<PathBuf>,
}

impl Apply {
    /// Runs the command. The exit code says what the policies said.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.policies.is_empty() {
            bail!("require policy");
        }
        if self.resources.is_empty() {
            bail!("resource file(s) or cluster required");
        }
        if !self.set.is_empty() && self.values_file.is_some() {
            bail!("pass the values either using set flag or values_file flag");
        }
        let stdin = PathBuf::from("-");
        if self.policies.contains(&stdin) && self.resources.contains(&stdin) {
            bail!("a stdin pipe can be used for either policies or resources, not both");
        }
        let run = self.prepare()?;
        let resources = read_resources(&self.resources)?;
        self.announce(&run, &resources);
        let responses = evaluate(&run, &resources)?;
        let counts = self.print(&responses, run.policies.invalid.len());
        Ok(ExitCode::from(self.code(counts)))
    }

    fn prepare(&self) -> Result<Run> {
        let values = match &self.values_file {
            Some(path) => Values::read(path)?,
            None => Values::from_set(&self.set)?,
        };
        let policies = Policies::read(&self.policies)?;
        Ok(Run {
            program: Program::new(policies.valid.iter().cloned()),
            policies,
            values,
            user: self.userinfo.as_deref().map(User::read).transpose()?,
            exceptions: read_exceptions(&self.exceptions)?,
            outside: Offline::default(),
            coverage: None,
        })
    }

    fn announce(&self, run: &Run, resources: &[Resource]) {
        for (index, invalid) in run.policies.invalid.iter().enumerate() {
            if index == 0 {
                anstream::eprintln!("Invalid Policies:");
            }
            anstream::eprintln!(
                "{}. {}:",
                index + 1,
                invalid.name.as_deref().unwrap_or("(no name)")
            );
            anstream::eprint!(
                "{}",
                diagnostics::render(&invalid.file, &invalid.diagnostics)
            );
        }
        let rules: usize = run
            .policies
            .valid
            .iter()
            .map(|policy| policy.rules().len())
            .sum();
        let exceptions = match run.exceptions.len() {
            0 => String::new(),
            count => format!(" with {count} exception(s)"),
        };
        self.say(&format!(
            "\nApplying {rules} policy rule(s) to {} resource(s){exceptions}...",
            resources.len()
        ));
    }

    /// Text for people: beside reports it goes to standard error.
    fn say(&self, text: &str) {
        if self.policy_report {
            anstream::eprintln!("{text}")
        } else {
            anstream::println!("{text}")
        }
    }

    fn print(&self, responses: &[Response], invalid: usize) -> Counts {
        let mut counts = Counts {
            error: invalid,
            ..Counts::default()
        };
        for response in responses {
            for rule in &response.rules {
                counts.add(report::counted(response, rule, self.audit_warn));
            }
            if !self.policy_report {
                self.print_failures(response);
            }
        }
        if self.policy_report {
            let now = SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |age| age.as_secs() as i64);
            for document in report::reports(responses, self.audit_warn, now) {
                anstream::println!(
                    "---\n{}",
                    report::print(&document, self.output_format).trim_end()
                );
            }
        }
        let Counts {
            pass,
            fail,
            warn,
            error,
            skip,
        } = counts;
        self.say(&format!(
            "\npass: {pass}, fail: {fail}, warn: {warn}, error: {error}, skip: {skip} "
        ));
        counts
    }

    fn print_failures(&self, response: &Response) {
        let failed: Vec<_> = response
            .rules
            .iter()
            .filter(|rule| matches!(rule.status, Status::Fail | Status::Error))
            .collect();
        if failed.is_empty() {
            return;
        }
        let audited =
            self.audit_warn && response.policy.policy().settings().action == Action::Audit;
        let word = if audited {
            "failed as audit warning"
        } else {
            "failed"
        };
        let resource = response.resource.root();
        let (namespace, name) = (metadata(resource, "namespace"), metadata(resource, "name"));
        self.say(&format!(
            "policy {} -> resource {namespace}/{}/{name} {word}:",
            response.policy.key(),
            resource.text("kind")
        ));
        for (index, rule) in failed.iter().enumerate() {
            let message = if rule.message.is_empty() {
                "validation failed"
            } else {
                &rule.message
            };
            self.say(&format!("{} - {} {message}", index + 1, rule.rule));
        }
        self.say("");
    }

    fn code(&self, counts: Counts) -> u8 {
        if counts.fail > 0 || counts.error > 0 {
            1
        } else if counts.warn > 0 && self.warn_exit_code != 0
            || counts.pass == 0 && self.warn_no_pass
        {
            self.warn_exit_code
        } else {
            0
        }
    }
}

/// Every policy on every resource, in their order, on all cores.
fn evaluate(run: &Run, resources: &[Resource]) -> Result<Vec<Response>> {
    let workers = std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(resources.len().max(1));
    let share = resources.len().div_ceil(workers).max(1);
    let parts: Vec<Result<Vec<Response>>> = std::thread::scope(|scope| {
        let work = |part: &'_ [Resource]| -> Result<Vec<Response>> {
            let mut responses = Vec::new();
            for resource in part {
                responses.extend(run.on(resource, None)?);
            }
            Ok(responses)
        };
        let handles: Vec<_> = resources
            .chunks(share)
            .map(|part| scope.spawn(move || work(part)))
            .collect();
        handles
            .into_iter()
            .map(|handle| {
                handle
                    .join()
                    .unwrap_or_else(|_| Err(anyhow::anyhow!("a worker thread panicked")))
            })
            .collect()
    });
    let mut responses = Vec::new();
    for part in parts {
        responses.extend(part?);
    }
    Ok(responses)
}
