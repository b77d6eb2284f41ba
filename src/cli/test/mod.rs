//! `portcullis test`: policies held against what their authors expect of them.

mod case;
mod compare;
mod coverage;
mod judge;
mod output;
mod select;

pub(super) use coverage::Coverage;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result, anyhow, bail};
use bumpalo::Bump;
use clap::Args;
use portcullis_engine::review::Operation;

use self::case::Case;
use self::compare::Objects;
use self::judge::{Evaluated, Judgement, Row};
use self::output::Format;
use self::select::Selector;
use super::account::Verbose;
use super::apply::NO_REGISTRY;
use super::load::{
    Form, Payload, Policies, Resource, User, Values, definition_files, read_exceptions,
    read_payload, read_resources, read_schemas, refuse_url,
};
use super::run::{CloneSources, Order, Run, documents, existing};
use super::table;
use crate::facts::offline::Offline;
use portcullis_engine::program::Program;

/// Run the tests below the given paths.
#[derive(Args, Debug)]
pub(crate) struct Test {
    /// Directories that are searched for test files.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The name of test files.
    #[arg(short, long, default_value = "kyverno-test.yaml")]
    file_name: String,
    /// Only some expectations: `policy=...,rule=...,resource=...`, with wildcards.
    #[arg(short, long, default_value = "")]
    test_case_selector: Selector,
    /// Print one document to standard output, and everything for people to standard error.
    #[arg(short, long)]
    output_format: Option<Format>,
    /// The branch of a git repository that holds tests.
    #[arg(short = 'b', long)]
    git_branch: Option<String>,
    /// Print only what failed.
    #[arg(long)]
    fail_only: bool,
    /// Print without colours.
    #[arg(long)]
    remove_color: bool,
    /// Print messages too.
    #[arg(long)]
    detailed_results: bool,
    /// Fail where there is no test at all.
    #[arg(long)]
    require_tests: bool,
    #[command(flatten)]
    verbose: Verbose,
    /// Allow access to image registries.
    #[arg(long)]
    registry: bool,
    /// Show which parts of the policies the tests decided.
    #[arg(long, value_name = "FORMAT", num_args = 0..=1, default_missing_value = "text")]
    coverage: Option<coverage::Format>,
    /// Fail below this many points in a hundred.
    #[arg(long, value_name = "PERCENT", requires = "coverage")]
    min_coverage: Option<f64>,
    /// Where the coverage goes; standard output by default.
    #[arg(long, value_name = "FILE", requires = "coverage")]
    coverage_file: Option<PathBuf>,
}

impl Test {
    /// Runs the command: exit code 1 where any row is not as expected or a test cannot be read.
    pub(crate) fn run(self) -> Result<ExitCode> {
        table::remove_color(self.remove_color);
        if self.registry {
            anstream::eprintln!("{NO_REGISTRY}");
        }
        if self.git_branch.is_some() {
            bail!("git repositories are not read: clone the repository and name its folder");
        }
        if self.paths.is_empty() {
            return Err(anyhow!("a directory is required"));
        }
        let (mut cases, mut errors) = (Vec::new(), Vec::new());
        for path in self.test_files()? {
            match case::read(&path) {
                Ok(read) => cases.extend(read),
                Err(error) => errors.push(error),
            }
        }
        if !errors.is_empty() {
            anstream::eprintln!("Test errors:");
            errors
                .iter()
                .for_each(|error| anstream::eprintln!("  {error:#}"));
            return Err(anyhow!("found {} errors after loading tests", errors.len()));
        }
        if cases.is_empty() {
            anstream::eprintln!("No test yamls available");
            return Ok(ExitCode::from(u8::from(self.require_tests)));
        }
        let coverage = self
            .coverage
            .map(|_| Arc::new(Mutex::new(Coverage::default())));
        let mut tables = Vec::new();
        for case in &mut cases {
            case.results
                .retain(|expected| self.test_case_selector.fits(expected));
            if !case.results.is_empty() {
                tables.push(self.case(case, coverage.as_ref())?);
            }
        }
        let judged = self.conclude(tables);
        match coverage.as_ref().map(|coverage| coverage.lock()) {
            Some(Ok(coverage)) if !self.conclude_coverage(&coverage)? => Ok(ExitCode::FAILURE),
            _ => Ok(judged),
        }
    }

    /// Prints the coverage; `false` where it is less than asked for.
    fn conclude_coverage(&self, coverage: &Coverage) -> Result<bool> {
        let printed = coverage.print(self.coverage.unwrap_or(coverage::Format::Text));
        match &self.coverage_file {
            Some(path) => std::fs::write(path, printed)
                .with_context(|| format!("failed to write `{}`", path.display()))?,
            None => self.say(&printed),
        }
        let (percent, least) = (coverage.percent(), self.min_coverage.unwrap_or_default());
        if percent < least {
            anstream::eprintln!("Error: coverage is {percent:.1} %, but {least:.1} % is asked for");
        }
        Ok(percent >= least)
    }

    /// Every test file below the paths, sorted within each.
    fn test_files(&self) -> Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for path in &self.paths {
            refuse_url(path)?;
            if path.is_file() {
                files.push(path.clone());
            } else {
                find(path, &self.file_name, &mut files)?;
            }
        }
        Ok(files)
    }

    fn say(&self, text: &str) {
        if self.output_format.is_some() {
            anstream::eprintln!("{text}")
        } else {
            anstream::println!("{text}")
        }
    }

    /// Runs one test and judges it.
    fn case(&self, case: &Case, coverage: Option<&Arc<Mutex<Coverage>>>) -> Result<Vec<Row>> {
        self.say(&format!(
            "Loading test {} ( {} ) ...",
            case.name,
            case.file.display()
        ));
        let (run, resources, targets) = prepare(case, coverage.cloned(), self.verbose.is_on())?;
        let payloads = payloads(case)?;
        if let Some(Ok(mut coverage)) = coverage.map(|coverage| coverage.lock()) {
            let policies = std::iter::zip(&run.policies.valid, &run.policies.files);
            policies.for_each(|(policy, file)| coverage.expect(policy, file));
        }
        self.say(&format!(
            "  Applying {} to {} with {} ...",
            counted(
                run.policies.valid.len() + run.policies.invalid.len(),
                "policy",
                "policies"
            ),
            counted(resources.len() + payloads.len(), "resource", "resources"),
            counted(run.exceptions.len(), "exception", "exceptions"),
        ));
        let evaluate = |operation: Option<Operation>| -> Result<Vec<Evaluated>> {
            let mut bump = Bump::new();
            let evaluated = resources.iter().map(|resource| {
                let responses = run.on(resource, operation, &mut bump)?;
                Ok(Evaluated::new(resource.document.root(), responses))
            });
            let mut evaluated = evaluated.collect::<Result<Vec<_>>>()?;
            if operation.is_none() {
                for payload in &payloads {
                    let (name, shown) = (&payload.name, payload.shown());
                    let responses = run.on_payload(payload)?;
                    evaluated.push(Evaluated::of_payload(name, shown, responses));
                }
            }
            let targets = targets.iter().map(|target| target.document.root());
            Ok(judge::with_targets(evaluated, targets))
        };
        let mut runs: Vec<(Option<Operation>, Vec<Evaluated>)> = vec![(None, evaluate(None)?)];
        for operation in case
            .results
            .iter()
            .filter_map(|expected| expected.operation)
        {
            if !runs.iter().any(|(known, _)| *known == Some(operation)) {
                runs.push((Some(operation), evaluate(Some(operation))?));
            }
        }
        let mut rows = Vec::new();
        for expected in &case.results {
            let evaluated = runs
                .iter()
                .find(|(operation, _)| *operation == expected.operation);
            let evaluated: Vec<_> = evaluated
                .map(|(_, all)| all.iter().collect())
                .unwrap_or_default();
            let name = expected.policy.rsplit('/').next();
            let invalid = run
                .policies
                .invalid
                .iter()
                .any(|policy| policy.is_refused() && policy.name.as_deref() == name);
            let wanted = Objects::read(expected, &case.folder)?;
            rows.extend(judge::rows(expected, &wanted, &evaluated, invalid));
        }
        for (index, row) in rows.iter_mut().enumerate() {
            row.id = index + 1;
        }
        if self.output_format.is_none() {
            self.say("  Checking results ...");
            let shown: Vec<_> = rows
                .iter()
                .filter(|row| !self.fail_only || row.result == Judgement::Fail)
                .collect();
            self.say(&output::table(&shown, self.detailed_results));
            let differences = output::differences(&shown);
            if !differences.is_empty() {
                self.say(&differences);
            }
            let accounts = output::accounts(&shown);
            if !accounts.is_empty() {
                self.say(&accounts);
            }
        }
        Ok(rows)
    }

    fn conclude(&self, tables: Vec<Vec<Row>>) -> ExitCode {
        let rows: Vec<Row> = tables.into_iter().flatten().collect();
        let failed = rows
            .iter()
            .filter(|row| row.result == Judgement::Fail)
            .count();
        if let Some(format) = self.output_format {
            let shown: Vec<_> = rows
                .iter()
                .filter(|row| !self.fail_only || row.result == Judgement::Fail)
                .collect();
            anstream::println!(
                "{}",
                output::document(&shown, format, self.detailed_results)
            );
        }
        if self.fail_only {
            self.say(&format!(
                "\nTest Summary: {failed} out of {} tests failed",
                rows.len()
            ));
        } else {
            self.say(&format!(
                "\nTest Summary: {} tests passed and {failed} tests failed",
                rows.len() - failed
            ));
        }
        if failed > 0 {
            let shown: Vec<_> = rows
                .iter()
                .filter(|row| row.result == Judgement::Fail)
                .collect();
            self.say("\nAggregated Failed Test Cases : ");
            self.say(&output::table(&shown, self.detailed_results));
            anstream::eprintln!("Error: {failed} tests failed");
        }
        ExitCode::from(u8::from(failed > 0))
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Loads all that a test names. Resources that stand twice are taken once.
fn prepare(
    case: &Case,
    coverage: Option<Arc<Mutex<Coverage>>>,
    verbose: bool,
) -> Result<(Run, Vec<Resource>, Vec<Resource>)> {
    let paths = |names: &[String]| {
        names
            .iter()
            .map(|name| case.folder.join(name))
            .collect::<Vec<_>>()
    };
    let path = |name: &Option<String>| name.as_ref().map(|name| case.folder.join(name));
    let values = match (&case.values, path(&case.variables)) {
        (Some(document), _) => Values::from_document(document.clone())?,
        (None, Some(path)) => Values::read(&path)?,
        (None, None) => Values::default(),
    };
    let policies = Policies::read(&paths(&case.policies))?;
    let resources = unique(read_resources(&paths(&case.resources))?);
    let targets = read_resources(&paths(&case.target_resources))?;
    let definitions = paths(&case.cluster_resources);
    let definitions = definitions.iter().map(|path| definition_files(path));
    let definitions = definitions.collect::<Result<Vec<_>>>()?.concat();
    let run = Run {
        program: Program::new(policies.with_rules().cloned()),
        order: Order::of(&policies.valid),
        policies,
        values,
        user: path(&case.user_info)
            .as_deref()
            .map(User::read)
            .transpose()?,
        exceptions: read_exceptions(&paths(&case.exceptions))?,
        outside: {
            let mut outside = outside(case)?;
            outside.join_cluster(&resources);
            outside
        },
        live: None,
        existing: existing(&resources, &targets),
        targets: None,
        schemas: read_schemas(&definitions)?,
        params: documents(read_resources(&paths(&case.param_resources))?),
        clone_sources: clone_sources(case)?,
        verbose,
        coverage,
    };
    Ok((run, resources, targets))
}

/// Everything that a test hands to policies beside objects of Kubernetes.
fn payloads(case: &Case) -> Result<Vec<Payload>> {
    let of = |names: &[String], form| {
        let read = names
            .iter()
            .map(|name| read_payload(&case.folder, name, form));
        read.collect::<Result<Vec<_>>>()
    };
    let mut payloads = of(&case.json_payloads, Form::Json)?;
    payloads.extend(of(&case.http_payloads, Form::Http)?);
    payloads.extend(of(&case.envoy_payloads, Form::Envoy)?);
    Ok(payloads)
}

/// What the generate rules of a test copy.
fn clone_sources(case: &Case) -> Result<CloneSources> {
    let mut sources = CloneSources::default();
    for expected in &case.results {
        if let Some(name) = &expected.clone_source_resource {
            let policy = expected.policy.rsplit('/').next().unwrap_or_default();
            sources.add(policy, read_resources(&[case.folder.join(name)])?);
        }
    }
    Ok(sources)
}

/// Every resource once, by group, kind, namespace and name.
fn unique(read: Vec<Resource>) -> Vec<Resource> {
    let mut resources: Vec<Resource> = Vec::new();
    for resource in read {
        let key = |r: &Resource| {
            let group = r
                .api_version()
                .split_once('/')
                .map_or("", |(group, _)| group)
                .to_owned();
            [
                group,
                r.kind().to_owned(),
                r.namespace().to_owned(),
                r.name().to_owned(),
            ]
        };
        if resources.iter().any(|known| key(known) == key(&resource)) {
            let (kind, name, namespace) = (resource.kind(), resource.name(), resource.namespace());
            anstream::eprintln!("warning: found duplicated resource {kind} {name} {namespace}");
            continue;
        }
        resources.push(resource);
    }
    resources
}

/// What the test file says the world answers.
fn outside(case: &Case) -> Result<Offline> {
    let mut outside = Offline::default();
    if let Some(responses) = &case.api_call_responses {
        outside.add_calls(responses.root())?;
    }
    for entry in case
        .global_context_entries
        .iter()
        .flat_map(|entries| entries.root().as_list())
        .flatten()
    {
        outside.add_global_entry(entry, &case.folder)?;
    }
    if let Some(name) = &case.context {
        outside.add_context(&case.folder.join(name))?;
    }
    for name in &case.cluster_resources {
        outside.add_cluster(&case.folder.join(name))?;
    }
    Ok(outside)
}

fn find(folder: &Path, name: &str, files: &mut Vec<PathBuf>) -> Result<()> {
    let listed =
        std::fs::read_dir(folder).map_err(|error| anyhow!("`{}`: {error}", folder.display()))?;
    let mut paths = listed
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            find(&path, name, files)?;
        } else if path.file_name().is_some_and(|own| own == name) {
            files.push(path);
        }
    }
    Ok(())
}
