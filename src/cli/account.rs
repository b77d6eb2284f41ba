//! The account of an evaluation, for people and for machines: every step that led to an outcome.
//!
//! Comes in:  steps (see `engine::trace`), the file that the policy stands in.
//! Goes out:  lines of text, or JSON.
//! Never here: how steps come about.

use std::fmt::Write;
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use clap::Args;
use portcullis_engine::trace::Step;
use portcullis_lang::diagnostic::position;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::load::SourceFile;

/// Values that are longer than this are cut in text; JSON has all of them.
const MOST_CHARS: usize = 400;

/// Is an account wanted?
#[derive(Args, Debug)]
pub(super) struct Verbose {
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
}

impl Verbose {
    pub(super) fn is_on(&self) -> bool {
        self.verbose.is_some()
    }
}

/// How one policy came to what it says of one resource. Cloning shares.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    file: SourceFile,
    steps: Arc<[Step]>,
}

/// The part of an account that a row of a table is about.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Shown {
    steps: Json,
    /// For a terminal.
    #[serde(skip)]
    pub(crate) text: String,
}

impl Account {
    pub(crate) fn new(file: &SourceFile, steps: Vec<Step>) -> Account {
        Account {
            file: file.clone(),
            steps: steps.into(),
        }
    }

    /// What was noted of the rules that `wanted` names, and before all rules.
    pub(crate) fn of_rules(&self, wanted: impl Fn(&str) -> bool) -> Shown {
        self.shown(by_rule(&self.steps).filter(|steps| wanted(rule(steps))))
    }

    /// What was noted of a policy without rules: of its forms that speak about the resource, or of
    /// all, where none does.
    pub(crate) fn of_forms(&self) -> Shown {
        let speaks = |steps: &&[Step]| {
            let mut matches = steps.iter().filter(|step| step.what == "match");
            matches.any(|step| step.holds == Some(true))
        };
        let any = by_rule(&self.steps).any(|steps| speaks(&steps));
        self.shown(by_rule(&self.steps).filter(|steps| !any || speaks(steps)))
    }

    fn shown<'s>(&'s self, parts: impl Iterator<Item = &'s [Step]>) -> Shown {
        let (mut text, mut all) = (String::new(), Vec::new());
        for steps in parts {
            if !rule(steps).is_empty() {
                let _ = writeln!(text, "  rule {}", rule(steps));
            }
            text.push_str(&self::text(&self.file, steps));
            all.push(json!({"rule": rule(steps), "steps": json(&self.file, steps)}));
        }
        let steps = Json::Array(all);
        Shown { steps, text }
    }
}

/// The steps of each rule, or of what comes before all rules; the first step of each is its heading.
pub(crate) fn by_rule(steps: &[Step]) -> impl Iterator<Item = &[Step]> {
    steps.chunk_by(|_, next| !next.begins())
}

/// The name of the rule that a part of an account is about.
pub(crate) fn rule(steps: &[Step]) -> &str {
    let heading = steps.first().filter(|step| step.what == "rule");
    heading.map_or("", |step| step.text.as_str())
}

/// One line for each step below the heading.
pub(crate) fn text(file: &SourceFile, steps: &[Step]) -> String {
    let mut out = String::new();
    for step in steps.iter().skip(1) {
        let _ = writeln!(out, "{}", line(file, step));
    }
    out
}

/// The same as a list of objects.
pub(crate) fn json(file: &SourceFile, steps: &[Step]) -> Json {
    steps
        .iter()
        .skip(1)
        .map(|step| as_json(file, step))
        .collect()
}

fn line(file: &SourceFile, step: &Step) -> String {
    let (mark, colour) = match step.holds {
        Some(true) => ("yes", Some(AnsiColor::Green)),
        Some(false) => ("no ", Some(AnsiColor::Red)),
        None => ("   ", None),
    };
    let mark_style = Style::new().fg_color(colour.map(Into::into));
    let faint = Style::new().dimmed();
    let place = match step.at.end {
        0 => String::new(),
        _ => {
            let at = position(&file.text, step.at.start);
            let path = file.path.display();
            format!("  {faint}({path}:{}:{}){faint:#}", at.line, at.column)
        }
    };
    let indent = "  ".repeat(step.depth);
    let (what, text) = (step.what, short(&step.text));
    format!("  {mark_style}{mark}{mark_style:#} {indent}{what:<13} {text}{place}")
}

/// A text that is not longer than a few lines of a terminal.
fn short(text: &str) -> String {
    match text.char_indices().nth(MOST_CHARS) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
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
