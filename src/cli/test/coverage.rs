//! `test --coverage`: which parts of the policies did the tests ever decide?
//!
//! Comes in:  policies as written, and the steps of every evaluation.
//! Goes out:  points that were reached and points that were not, as text, JSON or a page.
//! Never here: how steps come about (see `engine::trace`).
//!
//! A point is one way in which one part of a policy can come out: a rule that matches, an exclusion
//! that holds, a condition, validation or anchor that is true or false, a denial that holds or does
//! not, a pattern that matches, a leaf of a pattern that fails, a loop that has an element, a variable
//! that is asked for. What autogen makes shares the points of what it comes from, because they stand
//! at the same place.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use portcullis_engine::doc::cel::{CelCheck, Named};
use portcullis_engine::doc::{
    AdmissionPolicy, AnyPolicy, Body, Foreach, MutateForeach, MutatingPolicy, Patch, Policy,
    ValidatingPolicy, Validation,
};
use portcullis_engine::trace::Step;
use portcullis_lang::diagnostic::position;
use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::value::{Document, Item, Span, Value};
use serde_json::{Value as Json, json};

use crate::cli::load::SourceFile;
use crate::cli::markup::escaped;

/// How coverage is printed.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
    Html,
}

/// One way in which one part of a policy can come out.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
struct Point {
    at: Span,
    what: &'static str,
    holds: bool,
}

#[derive(Debug, Default)]
struct Seen {
    policy: String,
    rule: String,
    times: usize,
}

/// What is to be reached in each file, and how often it was.
#[derive(Debug, Default)]
pub(crate) struct Coverage {
    files: BTreeMap<PathBuf, (SourceFile, BTreeMap<Point, Seen>)>,
}

impl Coverage {
    /// Adds every point of a policy.
    pub(crate) fn expect(&mut self, policy: &AnyPolicy, file: &SourceFile) {
        match policy {
            AnyPolicy::Rules(rules) => self.expect_rules(rules, file),
            AnyPolicy::Validating(validating) => {
                self.add(file, policy.name(), "", of_validating(validating));
            }
            AnyPolicy::Admission(admission) => {
                self.add(file, policy.name(), "", of_admission(admission));
            }
            AnyPolicy::Mutating(mutating) => {
                self.add(file, policy.name(), "", of_mutating(mutating));
            }
            // What they make, delete or verify is not counted.
            AnyPolicy::Generating(_)
            | AnyPolicy::Deleting(_)
            | AnyPolicy::Cleanup(_)
            | AnyPolicy::Images(_) => {}
        }
    }

    fn expect_rules(&mut self, policy: &Policy, file: &SourceFile) {
        let mut found = Vec::new();
        named_points(&policy.settings().match_conditions, &mut found);
        self.add(file, policy.name(), "", found);
        for rule in policy.rules() {
            let mut found = Vec::new();
            let written = rule.document.item();
            for what in ["match", "exclude"] {
                found.extend(written.get(what).map(|block| once(block.span(), what)));
            }
            conditions(rule.preconditions.as_ref(), &mut found);
            match &rule.body {
                Body::Validate(validate) => validation(&validate.validation, &mut found),
                Body::Mutate(mutate) => patch(&mutate.patch, &mut found),
                _ => {}
            }
            self.add(file, policy.name(), &rule.name, found);
        }
    }

    fn add(&mut self, file: &SourceFile, policy: &str, rule: &str, found: Vec<Point>) {
        let entry = self.files.entry(file.path.clone());
        let (_, points) = entry.or_insert_with(|| (file.clone(), BTreeMap::new()));
        for point in found {
            points.entry(point).or_insert_with(|| Seen {
                policy: policy.to_owned(),
                rule: rule.to_owned(),
                times: 0,
            });
        }
    }

    /// Counts the points that an evaluation reached.
    pub(crate) fn record(&mut self, file: &SourceFile, steps: &[Step]) {
        let Some((_, points)) = self.files.get_mut(&file.path) else {
            return;
        };
        for step in steps {
            // That these come about at all is what counts.
            let is_mere = matches!(step.what, "element" | "variable");
            let Some(holds) = step.holds.or(is_mere.then_some(true)) else {
                continue;
            };
            let what = if step.what == "anyPattern" {
                "pattern"
            } else {
                step.what
            };
            if let Some(seen) = points.get_mut(&Point {
                at: step.at,
                what,
                holds,
            }) {
                seen.times += 1;
            }
        }
    }

    /// Reached points in a hundred; 100 where there is nothing to reach.
    pub(crate) fn percent(&self) -> f64 {
        let (mut reached, mut all) = (0, 0);
        for seen in self.files.values().flat_map(|(_, points)| points.values()) {
            all += 1;
            reached += usize::from(seen.times > 0);
        }
        if all == 0 {
            100.0
        } else {
            100.0 * reached as f64 / all as f64
        }
    }

    /// The whole account in the asked form.
    pub(crate) fn print(&self, format: Format) -> String {
        match format {
            Format::Text => self.text(),
            Format::Json => format!("{:#}", self.json()),
            Format::Html => self.html(),
        }
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for (path, (file, points)) in &self.files {
            let reached = points.values().filter(|seen| seen.times > 0).count();
            let _ = writeln!(
                out,
                "{}: {reached} of {} points",
                path.display(),
                points.len()
            );
            for (point, seen) in points.iter().filter(|(_, seen)| seen.times == 0) {
                let at = position(&file.text, point.at.start);
                let (line, column, missing) = (at.line, at.column, point.missing());
                let _ = writeln!(out, "  {line}:{column}  {}: {missing}", seen.of());
            }
        }
        let _ = write!(out, "coverage: {:.1} %", self.percent());
        out
    }

    fn json(&self) -> Json {
        let files = self.files.iter().map(|(path, (file, points))| {
            let points = points.iter().map(|(point, seen)| {
                let at = position(&file.text, point.at.start);
                json!({
                    "policy": seen.policy,
                    "rule": seen.rule,
                    "line": at.line,
                    "column": at.column,
                    "what": point.what,
                    "holds": point.holds,
                    "times": seen.times,
                })
            });
            json!({"file": path.display().to_string(), "points": points.collect::<Vec<_>>()})
        });
        json!({"percent": self.percent(), "files": files.collect::<Vec<_>>()})
    }

    /// The sources, each line marked by what was reached on it.
    fn html(&self) -> String {
        let mut out = String::from(
            "<!doctype html><meta charset=\"utf-8\"><title>Policy coverage</title><style>\
             body{font:14px sans-serif;margin:2em}pre{line-height:1.4}b{color:#666;font-weight:normal}\
             .all{background:#dfd}.some{background:#ffd}.none{background:#fdd}</style>",
        );
        let _ = write!(out, "<h1>Policy coverage: {:.1} %</h1>", self.percent());
        for (path, (file, points)) in &self.files {
            let mut lines: BTreeMap<usize, (usize, usize, String)> = BTreeMap::new();
            for (point, seen) in points {
                let line = lines
                    .entry(position(&file.text, point.at.start).line)
                    .or_default();
                line.1 += 1;
                if seen.times > 0 {
                    line.0 += 1;
                } else {
                    let _ = writeln!(line.2, "{}", point.missing());
                }
            }
            let _ = write!(
                out,
                "<h2>{}</h2><pre>",
                escaped(&path.display().to_string())
            );
            for (index, text) in file.text.lines().enumerate() {
                let (class, title) = match lines.get(&(index + 1)) {
                    None => ("", ""),
                    Some((reached, all, _)) if reached == all => ("all", ""),
                    Some((0, _, missing)) => ("none", missing.as_str()),
                    Some((_, _, missing)) => ("some", missing.as_str()),
                };
                let _ = writeln!(
                    out,
                    "<span class=\"{class}\" title=\"{}\"><b>{:4}</b> {}</span>",
                    escaped(title.trim_end()),
                    index + 1,
                    escaped(text)
                );
            }
            out.push_str("</pre>");
        }
        out
    }
}

impl Seen {
    /// `POLICY/RULE`, or the policy alone.
    fn of(&self) -> String {
        match self.rule.as_str() {
            "" => self.policy.clone(),
            rule => format!("{}/{rule}", self.policy),
        }
    }
}

impl Point {
    /// What no test has shown yet.
    fn missing(&self) -> String {
        match (self.what, self.holds) {
            ("match", _) => "no resource matched".to_owned(),
            ("exclude", _) => "no resource was excluded".to_owned(),
            ("pattern", true) => "no resource matched the pattern".to_owned(),
            ("pattern", false) => "no resource failed here".to_owned(),
            ("anchor", true) => "the anchor never held".to_owned(),
            ("anchor", false) => "the anchor never failed to hold".to_owned(),
            ("element", _) => "the loop never had an element".to_owned(),
            ("variable", _) => "the variable was never asked for".to_owned(),
            (what, true) => format!("the {what} was never true"),
            (what, false) => format!("the {what} was never false"),
        }
    }
}

fn once(at: Span, what: &'static str) -> Point {
    Point {
        at,
        what,
        holds: true,
    }
}

fn both(at: Span, what: &'static str, found: &mut Vec<Point>) {
    found.extend([true, false].map(|holds| Point { at, what, holds }));
}

/// Every condition of a block.
fn conditions(block: Option<&Document>, found: &mut Vec<Point>) {
    let Some(block) = block.map(Document::item) else {
        return;
    };
    let lists = [Some(block), block.get("any"), block.get("all")];
    for condition in lists.into_iter().flatten().flat_map(Item::elements) {
        both(condition.span(), "condition", found);
    }
}

fn validation(validation: &Validation, found: &mut Vec<Point>) {
    match validation {
        Validation::Deny(block) => {
            if let Some(block) = block {
                both(block.item().span(), "deny", found);
            }
            conditions(block.as_ref(), found);
        }
        Validation::Pattern(pattern) => of_pattern(pattern.item(), found),
        Validation::AnyPattern(patterns) => {
            let patterns = patterns.item().elements();
            patterns.for_each(|pattern| of_pattern(pattern, found));
        }
        Validation::Foreach(entries) => entries.iter().for_each(|entry| each(entry, found)),
        Validation::Cel(block) => {
            named_points(&block.conditions, found);
            variables(&block.variables, found);
            checks(&block.checks, found);
        }
        _ => {}
    }
}

/// What a policy of CEL checks; its forms for Pod controllers stand at the same places.
fn of_validating(policy: &ValidatingPolicy) -> Vec<Point> {
    let mut found = Vec::new();
    if let Some(written) = policy.variants.first() {
        found.extend(
            written
                .constraints
                .as_ref()
                .map(|_| once(written.at, "match")),
        );
        if let Ok(cel) = &written.cel {
            named_points(&cel.conditions, &mut found);
            variables(&cel.variables, &mut found);
            checks(&cel.checks, &mut found);
        }
    }
    found
}

/// What a policy that changes objects looks at.
fn of_mutating(policy: &MutatingPolicy) -> Vec<Point> {
    let mut found = Vec::new();
    if let Some(written) = policy.variants.first() {
        let matched = written.constraints.as_ref();
        found.extend(matched.map(|_| once(written.at, "match")));
        if let Ok(cel) = &written.cel {
            named_points(&cel.conditions, &mut found);
            variables(&cel.variables, &mut found);
        }
    }
    found
}

/// What a policy of the API server's own kind checks.
fn of_admission(policy: &AdmissionPolicy) -> Vec<Point> {
    let mut found = Vec::new();
    let spec = policy.source.document().item().get("spec");
    let block = spec.and_then(|spec| spec.get("matchConstraints"));
    found.extend(block.map(|block| once(block.span(), "match")));
    named_points(&policy.cel.conditions, &mut found);
    variables(&policy.cel.variables, &mut found);
    checks(&policy.cel.checks, &mut found);
    found
}

fn named_points(conditions: &[Named], found: &mut Vec<Point>) {
    for condition in conditions {
        both(condition.expression.at, "condition", found);
    }
}

fn variables(variables: &[Named], found: &mut Vec<Point>) {
    let points = variables.iter().map(|named| named.expression.at);
    found.extend(points.map(|at| once(at, "variable")));
}

fn checks(checks: &[CelCheck], found: &mut Vec<Point>) {
    for check in checks {
        both(check.expression.at, "validation", found);
    }
}

fn patch(patch: &Patch, found: &mut Vec<Point>) {
    if let Patch::Foreach(entries) = patch {
        entries.iter().for_each(|entry| each_patch(entry, found));
    }
}

fn each_patch(entry: &MutateForeach, found: &mut Vec<Point>) {
    found.push(once(entry.document.item().span(), "element"));
    conditions(entry.preconditions.as_ref(), found);
    patch(&entry.patch, found);
}

fn each(entry: &Foreach, found: &mut Vec<Point>) {
    found.push(once(entry.at, "element"));
    conditions(entry.preconditions.as_ref(), found);
    validation(&entry.validation, found);
}

/// A pattern that matches, each of its leaves failing, and its anchors.
fn of_pattern(item: Item<'_>, found: &mut Vec<Point>) {
    found.push(once(item.span(), "pattern"));
    leaves(item, true, found);
}

/// `fails`: can a leaf fail the rule here, or only keep the pattern from applying?
fn leaves(item: Item<'_>, fails: bool, found: &mut Vec<Point>) {
    match item.value() {
        Value::Map(_) => item.entries().for_each(|entry| {
            let anchor = Key::parse(entry.key).anchor;
            let anchor = anchor.filter(|anchor| anchor.validates());
            if anchor.is_some() {
                both(entry.key_span, "anchor", found);
            }
            match anchor {
                Some(Anchor::Negation | Anchor::Existence) => {}
                Some(Anchor::Conditional | Anchor::Global) => leaves(entry.item, false, found),
                _ => leaves(entry.item, fails, found),
            }
        }),
        Value::List(_) => item
            .elements()
            .for_each(|element| leaves(element, fails, found)),
        _ => found.extend(fails.then(|| Point {
            at: item.span(),
            what: "pattern",
            holds: false,
        })),
    }
}
