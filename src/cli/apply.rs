//! `portcullis apply`: policies on resources, without a cluster.

mod exempt;
mod inputs;
mod lifetime;
mod results;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};
use clap::Args;
use indicatif::ProgressBar;
use portcullis_engine::outcome::{RuleOutcome, Status};

use self::inputs::Inputs;
pub(super) use self::inputs::NO_REGISTRY;
use super::load::{
    self, Crds, Invalid, Policies, Resource, Selection, User, Values, read_exceptions,
    read_resources, read_schemas,
};
use super::parallel::in_stretches;
use super::report::{self, Counts, Format};
use super::run::{CloneSources, Response, Run, Step, documents, existing};
use super::{diagnostics, table, written};
use crate::facts::offline::Offline;
use crate::facts::system::SystemInputs;
use portcullis_engine::program::Program;
use portcullis_lang::functions::Inputs as _;
use portcullis_lang::scalar::duration::Duration as LangDuration;
use portcullis_lang::value::{Document, yaml};

/// The line around lists of policies.
const DIVIDER: &str = "----------------------------------------------------------------------";

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
    /// Resources that mutate rules with targets change.
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
    /// With --cluster: its kubeconfig.
    #[arg(long)]
    kubeconfig: Option<PathBuf>,
    /// With --cluster: the context of the kubeconfig.
    #[arg(long)]
    context: Option<String>,
    /// Show how every result came about: each step with its values and the line of the policy.
    #[arg(
        short,
        long,
        alias = "v",
        value_name = "LEVEL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "1"
    )]
    verbose: Option<u8>,
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
            .check(with_resources, self.kubeconfig.is_some())?;
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
        if let Err(error) = LangDuration::parse(&self.generated_exception_ttl) {
            bail!("`--generated-exception-ttl`: {error}");
        }
        let started = Instant::now();
        let run = self.prepare()?;
        let resources = self.resources(&run)?;
        let targets = read_resources(&self.target_resources)?;
        let run = Run {
            existing: existing(&resources, &targets),
            ..run
        };
        self.announce(&run, resources.len() + payloads.len());
        let (read, started) = (started.elapsed(), Instant::now());
        let mut evaluated = self.evaluate(&run, &resources)?;
        for payload in &payloads {
            let said = run.on_payload(payload).map(payload_words);
            let lenient = self.inputs.continue_on_fail;
            evaluated.take(said.map(|said| self.told(said)), lenient)?;
        }
        let Evaluated { told, failed } = evaluated;
        let applied = started.elapsed();
        if let Some(output) = &self.output {
            written::write(output, &told.responses)?;
        }
        for line in lifetime::lines(&resources, SystemInputs.now()) {
            self.say(&line);
        }
        let invalid = run.policies.invalid.iter();
        let refused = invalid.filter(|policy| policy.is_refused()).count();
        let mut counts = told.counts;
        counts.error += refused + failed;
        self.print(&told.responses, counts);
        if self.inputs.show_performance {
            print_performance(read, applied, resources.len(), told.answers);
        }
        Ok(ExitCode::from(self.code(counts)))
    }

    fn prepare(&self) -> Result<Run> {
        let values = match &self.values_file {
            Some(path) => Values::read(path)?,
            None => Values::from_set(&self.set)?,
        };
        let policies = Policies::read(&self.policies)?;
        let live = self
            .cluster
            .then(|| load::connect(self.kubeconfig.as_deref(), self.context.as_deref()));
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
            policies,
            values,
            user: self.userinfo.as_deref().map(User::read).transpose()?,
            exceptions,
            outside,
            live,
            existing: Vec::new(),
            schemas: read_schemas(&self.inputs.crd_paths)?,
            params: documents(read_resources(&self.parameter_resources)?),
            clone_sources: CloneSources::default(),
            verbose: self.verbose.is_some(),
            coverage: None,
        })
    }

    /// The objects of the cluster, of which files name some, or the objects of the files alone.
    fn resources(&self, run: &Run) -> Result<Vec<Resource>> {
        let Some(live) = &run.live else {
            let crds = Crds::read(&self.inputs.crd_paths)?;
            return Ok(crds.settle(read_resources(&self.resources)?));
        };
        let selection = Selection {
            namespace: self.namespace.as_deref(),
            cluster_wide: self.cluster_wide_resources,
            page: self.inputs.batch_size,
            lenient: self.inputs.continue_on_error,
        };
        let mut resources = { load::list(live, &run.policies.valid, selection) }?;
        if !self.resources.is_empty() {
            let names: Vec<String> = self
                .resources
                .iter()
                .map(|path| path.display().to_string())
                .collect();
            resources.retain(|resource| names.iter().any(|name| name == resource.name()));
        }
        Ok(resources)
    }

    fn announce(&self, run: &Run, resources: usize) {
        for invalid in &run.policies.invalid {
            let shown = diagnostics::render(&invalid.file, &invalid.diagnostics);
            anstream::eprint!("{shown}");
        }
        let invalid = run.policies.invalid.iter();
        let (refused, passed_over): (Vec<_>, Vec<_>) = invalid.partition(|one| one.is_refused());
        match passed_over.len() {
            0 => {}
            1 => anstream::eprintln!("warning: 1 document is no policy and is passed over"),
            count => {
                anstream::eprintln!(
                    "warning: {count} documents are no policies and are passed over"
                )
            }
        }
        let reasons: Vec<_> = refused.into_iter().map(Invalid::reason).collect();
        if !reasons.is_empty() {
            self.say(&format!("{DIVIDER}\nPolicies Skipped:"));
            for (index, reason) in reasons.iter().enumerate() {
                self.say(&format!("{}. {reason}", index + 1));
            }
            self.say(DIVIDER);
        }
        let rules: usize = run
            .policies
            .valid
            .iter()
            .map(|policy| policy.as_rules().map_or(1, |policy| policy.rules().len()))
            .sum();
        let exceptions = match run.exceptions.len() {
            0 => String::new(),
            count => format!(" with {count} exception(s)"),
        };
        self.say(&format!(
            "\nApplying {rules} policy rule(s) to {} resource(s){exceptions}...",
            resources
        ));
    }

    /// Text for people: beside reports it goes to standard error.
    fn say(&self, text: &str) {
        if self.stdin {
            // The pipe takes objects and nothing else.
        } else if self.prints_documents() {
            anstream::eprintln!("{text}")
        } else {
            anstream::println!("{text}")
        }
    }

    /// Does standard output hold documents, and text for people goes elsewhere?
    fn prints_documents(&self) -> bool {
        self.policy_report || self.generate_exceptions || self.output_format.is_report()
    }

    fn print(&self, responses: &[Response], counts: Counts) {
        for response in responses {
            match response.step {
                Step::Mutate => self.print_mutation(response),
                Step::VerifyImages | Step::Validate | Step::Delete
                    if !self.prints_documents() && !self.table =>
                {
                    self.print_failures(response);
                }
                Step::VerifyImages | Step::Validate | Step::Delete => {}
                Step::Generate => self.print_generation(response),
            }
        }
        if self.stdin {
            self.print_pipe(responses);
        }
        if self.table {
            let rows = results::rows(responses, self.audit_warn);
            self.say(&results::table(&rows, self.detailed_results));
        }
        if self.generate_exceptions {
            let ttl = &self.generated_exception_ttl;
            for exception in exempt::exceptions(responses, self.audit_warn, ttl) {
                let printed = report::print(&exception, self.output_format);
                anstream::println!("---\n{}", printed.trim_end());
            }
        } else if self.output_format.is_report() {
            let rows = results::rows(responses, self.audit_warn);
            anstream::println!("{}", results::document(&rows, self.output_format));
        } else if self.policy_report {
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
    }

    /// Every resource that a mutate policy looked at, once, as the last of them left it; and the
    /// existing ones that they changed.
    fn print_pipe(&self, responses: &[Response]) {
        let mutations = || responses.iter().filter(|one| one.step == Step::Mutate);
        let mut objects: Vec<(&Document, &Document)> = Vec::new();
        for response in mutations() {
            match objects.iter_mut().find(|(own, _)| **own == response.origin) {
                Some((_, last)) => *last = &response.patched,
                None => objects.push((&response.origin, &response.patched)),
            }
        }
        let targets = mutations().flat_map(written::mutated_targets);
        for object in objects.iter().map(|(_, last)| *last).chain(targets) {
            anstream::print!("---\n{}", yaml::write(object.root()));
        }
    }

    /// What a policy made of a resource: to a file where there is one, else here; and what kept its
    /// rules from making anything.
    fn print_mutation(&self, response: &Response) {
        if self.output.is_none() && !self.prints_documents() {
            for object in written::mutated(response) {
                self.print_object(response, object);
            }
        }
        let (policy, name) = (response.policy.key(), results::place(response));
        self.say("\n\nMutation:\nMutation has been applied successfully.");
        for rule in &response.rules {
            match rule.status {
                Status::Skip => {
                    self.say(&format!(
                        "\nskipped mutate policy {policy} -> resource {name}"
                    ));
                }
                Status::Error => self.say(&format!(
                    "\nerror while applying mutate policy {policy} -> resource {name}\nerror: {}",
                    rule.message
                )),
                _ => {}
            }
        }
    }

    fn print_generation(&self, response: &Response) {
        if self.output.is_none() && !self.prints_documents() {
            for object in written::generated(response) {
                self.print_object(response, object);
            }
        }
        self.say("\n\nGenerate:\nGeneration completed successfully.");
    }

    fn print_object(&self, response: &Response, object: &Document) {
        let (policy, name) = (response.policy.key(), results::place(response));
        let object = yaml::write(object.root());
        self.say(&format!(
            "\npolicy {policy} applied to {name}:\n{object}\n---\n"
        ));
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
        let audited = self.audit_warn && response.policy.audits();
        let word = if audited {
            "failed as audit warning"
        } else {
            "failed"
        };
        let (policy, name) = (response.policy.key(), results::place(response));
        self.say(&format!("policy {policy} -> resource {name} {word}:"));
        for (index, rule) in failed.iter().enumerate() {
            let message = if rule.message.is_empty() {
                "validation failed"
            } else {
                &rule.message
            };
            self.say(&format!("{} - {} {message}", index + 1, rule.rule));
            if let Some(shown) = response.account(|name| name == rule.rule) {
                self.say(&shown.text);
            }
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

/// What came of a run.
#[derive(Default)]
struct Evaluated {
    told: Told,
    /// Resources that could not be evaluated.
    failed: usize,
}

/// What policies said: all of it counted, and as much of it kept as the output speaks of.
#[derive(Default)]
struct Told {
    counts: Counts,
    /// How many answers there were, kept or not.
    answers: usize,
    responses: Vec<Response>,
}

impl Apply {
    /// Every policy on every resource, in their order, on all cores; a bar shows how far it is.
    fn evaluate(&self, run: &Run, resources: &[Resource]) -> Result<Evaluated> {
        // Drawn on standard error, and only where that is a terminal.
        let bar = ProgressBar::new(resources.len() as u64);
        let each = in_stretches(resources, |part| {
            let mut each = Vec::with_capacity(part.len());
            for resource in part {
                let said = run.on(resource, None);
                bar.inc(1);
                each.push(match said {
                    Err(error) if self.inputs.continue_on_fail => Err(error),
                    said => Ok(self.told(said?)),
                });
            }
            Ok(each)
        });
        bar.finish_and_clear();
        let mut evaluated = Evaluated::default();
        for said in each? {
            evaluated.take(said, true)?;
        }
        Ok(evaluated)
    }

    /// Counts what was said of one resource. Most of it is that rules pass, on which a plain run
    /// spends no memory: ten thousand resources are a hundred thousand answers.
    fn told(&self, mut responses: Vec<Response>) -> Told {
        let mut counts = Counts::default();
        for response in &responses {
            for rule in &response.rules {
                counts.add(report::counted(response, rule, self.audit_warn));
            }
        }
        let answers = responses.len();
        if !self.prints_documents() && !self.table {
            responses.retain(|response| {
                let failed =
                    |rule: &RuleOutcome| matches!(rule.status, Status::Fail | Status::Error);
                !matches!(response.step, Step::VerifyImages | Step::Validate)
                    || response.rules.iter().any(failed)
            });
        }
        Told {
            counts,
            answers,
            responses,
        }
    }
}

impl Evaluated {
    /// Adds what was said of one resource. `lenient`: an error is counted and does not end the run.
    fn take(&mut self, said: Result<Told>, lenient: bool) -> Result<()> {
        match said {
            Ok(told) => {
                self.told.counts.join(told.counts);
                self.told.answers += told.answers;
                self.told.responses.extend(told.responses);
            }
            Err(error) if lenient => {
                self.failed += 1;
                anstream::eprintln!("Error: {error:#}");
            }
            Err(error) => return Err(error),
        }
        Ok(())
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

fn print_performance(read: Duration, applied: Duration, resources: usize, responses: usize) {
    let rate = resources as f64 / applied.as_secs_f64().max(f64::EPSILON);
    anstream::eprintln!(
        "read in {read:.2?}, applied in {applied:.2?}: {resources} resources, {responses} answers of \
         policies, {rate:.0} resources a second"
    );
}
