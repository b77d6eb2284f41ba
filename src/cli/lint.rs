//! `portcullis lint`: what is wrong with policies, and what is allowed and still not meant so.

mod sarif;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use portcullis_engine::lint::{self, Findings};
use portcullis_lang::diagnostic::{Diagnostic, Severity, position};
use serde_json::{Value as Json, json};

use super::diagnostics;
use super::load::{SourceFile, policy_files};

/// Look for mistakes in policies.
#[derive(Args, Debug)]
pub(crate) struct Lint {
    /// Policy files or directories; `-` reads standard input.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How findings are printed.
    #[arg(short, long, default_value = "text")]
    output: Format,
    /// Exit with 1 where there are warnings, too.
    #[arg(long)]
    deny_warnings: bool,
    /// Findings of these codes that are no errors are left out.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    allow: Vec<String>,
    /// Print every code and what it means.
    #[arg(long)]
    codes: bool,
}

/// How findings are printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Format {
    /// With the source line and a caret.
    Text,
    /// A list of findings.
    Json,
    /// SARIF 2.1.0, which code review tools read.
    Sarif,
}

/// What was found in one file.
struct Linted {
    file: SourceFile,
    findings: Findings,
}

impl Lint {
    /// Runs the command: exit code 1 where there are errors.
    pub(crate) fn run(self) -> Result<ExitCode> {
        if self.codes {
            for code in lint::CODES {
                anstream::println!("{:26} {}", code.name, code.about);
            }
            return Ok(ExitCode::SUCCESS);
        }
        if self.paths.is_empty() {
            bail!("a policy file or directory is required");
        }
        let unknown = |code: &&String| !lint::CODES.iter().any(|known| known.name == **code);
        if let Some(code) = self.allow.iter().find(unknown) {
            bail!("no code is called `{code}`; `--codes` lists them");
        }
        let mut files = Vec::new();
        for path in &self.paths {
            files.extend(policy_files(path)?);
        }
        let linted: Vec<_> = files
            .into_iter()
            .map(|file| Linted {
                findings: self.wanted(lint::lint(&file.text)),
                file,
            })
            .collect();
        match self.output {
            Format::Text => print_text(&linted),
            Format::Json => anstream::println!("{:#}", Json::Array(json_findings(&linted))),
            Format::Sarif => anstream::println!("{:#}", sarif::log(&linted)),
        }
        let counted = |severity| count(&linted, severity);
        let fails =
            counted(Severity::Error) > 0 || self.deny_warnings && counted(Severity::Warning) > 0;
        Ok(ExitCode::from(u8::from(fails)))
    }

    fn wanted(&self, mut findings: Findings) -> Findings {
        findings.diagnostics.retain(|finding| {
            finding.severity == Severity::Error || !self.allow.iter().any(|c| c == finding.code)
        });
        findings
    }
}

fn all(linted: &[Linted]) -> impl Iterator<Item = (&SourceFile, &Diagnostic)> {
    linted.iter().flat_map(|one| {
        let findings = one.findings.diagnostics.iter();
        findings.map(|finding| (&one.file, finding))
    })
}

fn count(linted: &[Linted], severity: Severity) -> usize {
    all(linted)
        .filter(|(_, finding)| finding.severity == severity)
        .count()
}

fn print_text(linted: &[Linted]) {
    for one in linted {
        let shown = diagnostics::render(&one.file, &one.findings.diagnostics);
        anstream::print!("{shown}");
    }
    let policies: usize = linted.iter().map(|one| one.findings.policies).sum();
    let counted = |severity| count(linted, severity);
    let noun =
        |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    anstream::println!(
        "{}: {}, {}, {}",
        if policies == 1 {
            "1 policy".to_owned()
        } else {
            format!("{policies} policies")
        },
        noun(counted(Severity::Error), "error"),
        noun(counted(Severity::Warning), "warning"),
        noun(counted(Severity::Hint), "hint"),
    );
}

fn json_findings(linted: &[Linted]) -> Vec<Json> {
    let shown = |(file, finding): (&SourceFile, &Diagnostic)| {
        let (start, end) = (
            position(&file.text, finding.at.start),
            position(&file.text, finding.at.end),
        );
        json!({
            "file": file.path.display().to_string(),
            "code": finding.code,
            "severity": word(finding.severity),
            "message": finding.message,
            "help": finding.help,
            "line": start.line,
            "column": start.column,
            "endLine": end.line,
            "endColumn": end.column,
        })
    };
    all(linted).map(shown).collect()
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}
