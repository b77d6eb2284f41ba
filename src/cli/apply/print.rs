//! What a run prints, for people and for pipes.
//!
//! Comes in:  what policies said.
//! Goes out:  text on standard output; what stands beside documents, on standard error.
//! Never here: what rows, reports and exceptions say (see `results`, `report`, `exempt`).

use std::fmt::Write as _;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use portcullis_engine::outcome::Status;
use portcullis_lang::value::{Document, yaml};

use super::super::load::Invalid;
use super::super::report::{self, Counts};
use super::super::run::{Response, Run, Step};
use super::super::{diagnostics, written};
use super::{Apply, exempt, results};

/// The line around lists of policies.
const DIVIDER: &str = "----------------------------------------------------------------------";

impl Apply {
    pub(super) fn announce(&self, run: &Run, resources: usize) {
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

    /// A line for people.
    pub(super) fn say(&self, line: &str) {
        self.say_all(&format!("{line}\n"));
    }

    /// Text for people, with its line ends: beside reports it goes to standard error.
    fn say_all(&self, text: &str) {
        if self.stdin {
            // The pipe takes objects and nothing else.
        } else if self.prints_documents() {
            anstream::eprint!("{text}")
        } else {
            anstream::print!("{text}")
        }
    }

    /// Does standard output hold documents, and text for people goes elsewhere?
    pub(super) fn prints_documents(&self) -> bool {
        self.policy_report || self.generate_exceptions || self.output_format.is_report()
    }

    /// Words what people are told of a response, as it stands between others.
    pub(super) fn word(&self, response: &Response, text: &mut String) {
        match response.step {
            // The pipe takes objects and nothing else.
            _ if self.stdin => {}
            Step::Mutate => self.word_mutation(response, text),
            Step::VerifyImages | Step::Validate | Step::Delete
                if !self.prints_documents() && !self.table =>
            {
                self.word_failures(response, text);
            }
            Step::VerifyImages | Step::Validate | Step::Delete => {}
            Step::Generate => self.word_generation(response, text),
        }
    }

    /// Prints what was told, and what the responses that were kept say together.
    pub(super) fn print(&self, texts: &[String], responses: &[Response], counts: Counts) {
        texts.iter().for_each(|text| self.say_all(text));
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
    fn word_mutation(&self, response: &Response, text: &mut String) {
        if self.output.is_none() && !self.prints_documents() {
            for object in written::mutated(response) {
                Self::word_object(response, object, text);
            }
        }
        let (policy, name) = (response.policy.key(), results::place(response));
        add(
            text,
            format_args!("\n\nMutation:\nMutation has been applied successfully."),
        );
        for rule in &response.rules {
            match rule.status {
                Status::Skip => {
                    add(
                        text,
                        format_args!("\nskipped mutate policy {policy} -> resource {name}"),
                    );
                }
                Status::Error => add(
                    text,
                    format_args!(
                        "\nerror while applying mutate policy {policy} -> resource {name}\nerror: {}",
                        rule.message
                    ),
                ),
                _ => {}
            }
        }
    }

    fn word_generation(&self, response: &Response, text: &mut String) {
        if self.output.is_none() && !self.prints_documents() {
            for object in written::generated(response) {
                Self::word_object(response, object, text);
            }
        }
        add(
            text,
            format_args!("\n\nGenerate:\nGeneration completed successfully."),
        );
    }

    fn word_object(response: &Response, object: &Document, text: &mut String) {
        let (policy, name) = (response.policy.key(), results::place(response));
        let object = yaml::write(object.root());
        add(
            text,
            format_args!("\npolicy {policy} applied to {name}:\n{object}\n---\n"),
        );
    }

    fn word_failures(&self, response: &Response, text: &mut String) {
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
        add(
            text,
            format_args!("policy {policy} -> resource {name} {word}:"),
        );
        for (index, rule) in failed.iter().enumerate() {
            let message = if rule.message.is_empty() {
                "validation failed"
            } else {
                &rule.message
            };
            add(
                text,
                format_args!("{} - {} {message}", index + 1, rule.rule),
            );
            if let Some(shown) = response.account(|name| name == rule.rule) {
                add(text, format_args!("{}", shown.text));
            }
        }
        add(text, format_args!(""));
    }
}

/// Adds a line.
fn add(text: &mut String, line: std::fmt::Arguments<'_>) {
    // A text takes everything.
    let _ = writeln!(text, "{line}");
}

pub(super) fn performance(read: Duration, applied: Duration, resources: usize, responses: usize) {
    let rate = resources as f64 / applied.as_secs_f64().max(f64::EPSILON);
    anstream::eprintln!(
        "opened in {read:.2?}, read and applied in {applied:.2?}: {resources} resources, {responses} answers \
         of policies, {rate:.0} resources a second"
    );
}
