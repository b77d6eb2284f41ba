//! `portcullis apply`: policies on resources, without a cluster.

mod evaluate;
mod exempt;
mod inputs;
mod lifetime;
mod print;
mod results;
mod through;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use portcullis_engine::program::Program;
use portcullis_lang::scalar::duration::Duration;

use self::evaluate::Evaluated;
use self::inputs::Inputs;
pub(super) use self::inputs::NO_REGISTRY;
use super::account::Verbose;
use super::cluster::Which;
use super::load::{self, Policies, User, Values, read_exceptions, read_resources, read_schemas};
use super::report::{Counts, Format};
use super::run::{CloneSources, Order, Response, Run, Step, Targets, documents};
use super::{table, written};
use crate::facts::offline::Offline;

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
    /// Resources that mutate rules with targets change; with --cluster, its own where no file is named.
    #[arg(
        long = "target-resource",
        visible_alias = "target-resources",
        value_delimiter = ','
    )]
    target_resources: Vec<PathBuf>,
    /// Objects that policies of the API server are parameterized with.
    #[arg(
        long = "parameter-resource",
        visible_alias = "parameter-resources",
        value_delimiter = ','
    )]
    parameter_resources: Vec<PathBuf>,
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
    /// The format of reports and of exceptions; `markdown` and `junit` are reports by themselves.
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
    /// Print the results as a table.
    #[arg(short, long)]
    table: bool,
    /// Print messages in the table too.
    #[arg(long)]
    detailed_results: bool,
    /// Apply the policies to the objects of a cluster.
    #[arg(short, long)]
    cluster: bool,
    /// With --cluster: only objects of this namespace.
    #[arg(short, long)]
    namespace: Option<String>,
    /// With --cluster: objects outside namespaces too.
    #[arg(long)]
    cluster_wide_resources: bool,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    verbose: Verbose,
    /// File or directory for changed and generated objects.
    #[arg(short, long)]
    output: Option<PathBuf>,
    /// Print nothing but the changed objects, for a pipe into kubectl.
    #[arg(short = 'i', long)]
    stdin: bool,
    /// Print a PolicyException for every violation.
    #[arg(long)]
    generate_exceptions: bool,
    /// How long these exceptions live, e.g. `720h`.
    #[arg(long, default_value = "720h")]
    generated_exception_ttl: String,
    #[command(flatten)]
    inputs: Inputs,
}

impl Apply {
    /// Runs the command. The exit code says what the policies said.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.policies.is_empty() {
            bail!("require policy");
        }
        table::remove_color(self.remove_color);
        let with_resources = !self.resources.is_empty();
        self.inputs
            .check(with_resources, self.which.kubeconfig.is_some())?;
        let payloads = self.inputs.payloads()?;
        if !with_resources && payloads.is_empty() && !self.cluster {
            bail!("resource file(s) or cluster required");
        }
        if !self.set.is_empty() && self.values_file.is_some() {
            bail!("pass the values either using set flag or values_file flag");
        }
        let stdin = PathBuf::from("-");
        if self.policies.contains(&stdin) && self.resources.contains(&stdin) {
            bail!("a stdin pipe can be used for either policies or resources, not both");
        }
        if let Err(error) = Duration::parse(&self.generated_exception_ttl) {
            bail!("`--generated-exception-ttl`: {error}");
        }
        let started = Instant::now();
        let run = self.prepare()?;
        let opened = self.open(&run)?;
        let read = started.elapsed();
        let (run, evaluated) = self.go_through(run, opened, payloads.len())?;
        let Evaluated {
            mut told,
            resources,
            errors,
        } = evaluated;
        let mut failed = 0;
        let mut fail = |error| match self.inputs.continue_on_fail {
            true => {
                failed += 1;
                anstream::eprintln!("Error: {error:#}");
                Ok(())
            }
            false => Err(error),
        };
        errors.into_iter().try_for_each(&mut fail)?;
        for payload in &payloads {
            match run.on_payload(payload).map(payload_words) {
                Ok(said) => told.add(self.told(said)),
                Err(error) => fail(error)?,
            }
        }
        let applied = started.elapsed() - read;
        if let Some(output) = &self.output {
            written::write(output, &told.responses)?;
        }
        told.lifetimes.iter().for_each(|line| self.say(line));
        let invalid = run.policies.invalid.iter();
        let refused = invalid.filter(|policy| policy.is_refused()).count();
        let mut counts = told.counts;
        counts.error += refused + failed;
        self.print(&told.texts, &told.responses, counts);
        if self.inputs.show_performance {
            print::performance(read, applied, resources, told.answers);
        }
        Ok(ExitCode::from(self.code(counts)))
    }

    fn prepare(&self) -> Result<Run> {
        let values = match &self.values_file {
            Some(path) => Values::read(path)?,
            None => Values::from_set(&self.set)?,
        };
        let policies = Policies::read(&self.policies)?;
        let live = self.cluster.then(|| load::connect(&self.which));
        let live = live.transpose()?;
        let mut outside = Offline::default();
        if let Some(path) = &self.inputs.context_file {
            outside.add_context(path)?;
        }
        let mut exceptions = read_exceptions(&self.exceptions)?;
        if self.inputs.exceptions_with_resources {
            exceptions.extend(read_exceptions(&self.resources)?);
        }
        if self.inputs.exceptions_within_policies {
            exceptions.extend(read_exceptions(&self.policies)?);
        }
        Ok(Run {
            program: Program::new(policies.with_rules().cloned()),
            order: Order::of(&policies.valid),
            policies,
            values,
            user: self.userinfo.as_deref().map(User::read).transpose()?,
            exceptions,
            outside,
            live,
            existing: Vec::new(),
            targets: (self.cluster && self.target_resources.is_empty()).then(Targets::default),
            schemas: read_schemas(&self.inputs.crd_paths)?,
            params: documents(read_resources(&self.parameter_resources)?),
            clone_sources: CloneSources::default(),
            verbose: self.verbose.is_on(),
            coverage: None,
        })
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

/// What is no resource is not called one.
fn payload_words(mut responses: Vec<Response>) -> Vec<Response> {
    let deleting = responses.iter_mut().filter(|one| one.step == Step::Delete);
    for rule in deleting.flat_map(|response| &mut response.rules) {
        if let Some(rest) = rule.message.strip_prefix("resource ") {
            rule.message = format!("json {rest}");
        }
    }
    responses
}
