//! Every policy and everything that is wrong: what `/status` shows.
//!
//! Comes in:  the ledger's files.
//! Goes out:  [`Report`], plain data that serialises to JSON.
//! Never here: deciding what stays in force.

use std::path::Path;
use std::sync::Arc;

use portcullis_engine::doc::PolicyId;
use portcullis_lang::diagnostic::{Diagnostic, position};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::item::Key;

/// The state of all policies, file by file. Reports share the files that did not change between them.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Report {
    /// In their order.
    files: Arc<[Arc<FileReport>]>,
    /// Of all of them.
    counts: Counts,
}

/// How many policies and findings there are.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    /// Policies whose text is what is in force.
    pub(crate) ready: usize,
    /// Policies of which another version is in force than the text.
    pub(crate) last_good: usize,
    /// Policies of which nothing is in force.
    pub(crate) broken: usize,
    /// Mistakes, those of exceptions included.
    pub(crate) findings: usize,
}

/// The state of the policies of one file, as written in it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct FileReport {
    counts: Counts,
    policies: Vec<PolicyStatus>,
    /// PolicyExceptions.
    exceptions: Vec<PolicyStatus>,
    /// What could not be told to belong to any policy.
    errors: Vec<Finding>,
}

/// One policy, or one exception.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PolicyStatus {
    pub(crate) kind: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
    pub(crate) name: String,
    #[serde(serialize_with = "as_text")]
    pub(crate) file: Arc<str>,
    /// The text of the file is what is in force.
    pub(crate) ready: bool,
    /// Some version decides: the file's own, or the last good one.
    pub(crate) in_force: bool,
    /// Rules in force, those made for Pod controllers included.
    pub(crate) rules: usize,
    /// What it asks for that is not done yet, and what happens instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) notes: Vec<&'static str>,
    /// Why it is not ready.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<Finding>,
}

/// One mistake and its place.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub(crate) struct Finding {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) help: Option<String>,
    pub(crate) file: String,
    /// From 1; missing where the whole file is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) column: Option<usize>,
}

impl Finding {
    /// A diagnostic about `text`, the content of `file`.
    pub(super) fn new(diagnostic: Diagnostic, file: &Path, text: &str) -> Finding {
        let at = position(text, diagnostic.at.start);
        Finding {
            code: diagnostic.code,
            message: diagnostic.message,
            help: diagnostic.help,
            file: shown(file),
            line: Some(at.line),
            column: Some(at.column),
        }
    }

    /// Something about `file` as a whole.
    pub(super) fn about(code: &'static str, message: impl Into<String>, file: &Path) -> Finding {
        Finding {
            code,
            message: message.into(),
            help: None,
            file: shown(file),
            line: None,
            column: None,
        }
    }

    /// `file:line:column`, as editors and terminals know it.
    pub(crate) fn place(&self) -> String {
        match (self.line, self.column) {
            (Some(line), Some(column)) => format!("{}:{line}:{column}", self.file),
            _ => self.file.clone(),
        }
    }
}

impl PolicyStatus {
    pub(super) fn new(key: &Key, file: &Arc<str>) -> PolicyStatus {
        PolicyStatus {
            kind: key.kind.to_string(),
            namespace: key.namespace.clone(),
            name: key.name.clone(),
            file: file.clone(),
            ready: false,
            in_force: false,
            rules: 0,
            notes: Vec::new(),
            errors: Vec::new(),
        }
    }
}

#[cfg(test)]
impl PolicyStatus {
    /// One with a mistake.
    pub(crate) fn example() -> PolicyStatus {
        PolicyStatus {
            kind: "ClusterPolicy".to_owned(),
            namespace: String::new(),
            name: "p".to_owned(),
            file: "p.yaml".into(),
            ready: false,
            in_force: false,
            rules: 1,
            notes: Vec::new(),
            errors: vec![Finding::about("code", "what is wrong", Path::new("p.yaml"))],
        }
    }
}

impl Report {
    /// Of all files, in their order.
    pub(super) fn new(files: impl Iterator<Item = Arc<FileReport>>) -> Report {
        let mut counts = Counts::default();
        let files = files.inspect(|file| counts.add(file.counts));
        let files = files.collect();
        Report { files, counts }
    }

    /// Of all files.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// In the order of files, and within a file as written.
    pub(crate) fn policies(&self) -> impl Iterator<Item = &PolicyStatus> + Clone {
        self.files.iter().flat_map(|file| &file.policies)
    }

    /// PolicyExceptions, likewise.
    pub(crate) fn exceptions(&self) -> impl Iterator<Item = &PolicyStatus> + Clone {
        self.files.iter().flat_map(|file| &file.exceptions)
    }

    /// What could not be told to belong to any policy.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &Finding> + Clone {
        self.files.iter().flat_map(|file| &file.errors)
    }

    /// Forgets all policies and exceptions but some.
    pub(crate) fn retain(&mut self, keep: impl Fn(&PolicyStatus) -> bool) {
        let kept = |all: &[PolicyStatus]| {
            let all = all.iter().filter(|status| keep(status));
            all.cloned().collect()
        };
        let files = self.files.iter().map(|file| {
            let (policies, exceptions) = (kept(&file.policies), kept(&file.exceptions));
            let file = FileReport::new(policies, exceptions, file.errors.clone());
            Arc::new(file)
        });
        *self = Report::new(files);
    }

    /// The file of the policy that is in force under this name.
    pub(crate) fn file_of(&self, id: &PolicyId) -> Option<&str> {
        let key = Key::policy(id);
        let (kind, own) = (key.kind.to_string(), |status: &&PolicyStatus| {
            status.in_force && status.namespace == key.namespace && status.name == key.name
        });
        let mut found = self.policies().filter(own);
        found
            .find(|status| status.kind == kind)
            .map(|status| &*status.file)
    }

    /// Every finding, with the policy it concerns where that is known.
    pub(crate) fn findings(&self) -> impl Iterator<Item = (Option<&PolicyStatus>, &Finding)> {
        self.files.iter().flat_map(|file| file.findings())
    }
}

impl FileReport {
    /// What there is in a file.
    pub(super) fn new(
        policies: Vec<PolicyStatus>,
        exceptions: Vec<PolicyStatus>,
        errors: Vec<Finding>,
    ) -> FileReport {
        let mut report = FileReport {
            counts: Counts::default(),
            policies,
            exceptions,
            errors,
        };
        let count = |ready: bool, in_force: bool| {
            let policies = report.policies.iter();
            let alike = policies.filter(|it| (it.ready, it.in_force) == (ready, in_force));
            alike.count()
        };
        report.counts = Counts {
            ready: count(true, true),
            last_good: count(false, true),
            broken: count(false, false),
            findings: report.findings().count(),
        };
        report
    }

    /// Every finding, with the policy it concerns where that is known.
    pub(super) fn findings(&self) -> impl Iterator<Item = (Option<&PolicyStatus>, &Finding)> {
        let all = self.policies.iter().chain(&self.exceptions);
        let of_policies = all.flat_map(|policy| {
            let with_policy = move |finding| (Some(policy), finding);
            policy.errors.iter().map(with_policy)
        });
        of_policies.chain(self.errors.iter().map(|finding| (None, finding)))
    }

    /// What policies ask for in vain: the policy's name, and the note.
    pub(super) fn notes(&self) -> impl Iterator<Item = (&str, &'static str)> {
        let policies = self.policies.iter();
        policies.flat_map(|policy| {
            let notes = policy.notes.iter();
            notes.map(|note| (policy.name.as_str(), *note))
        })
    }
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.ready += other.ready;
        self.last_good += other.last_good;
        self.broken += other.broken;
        self.findings += other.findings;
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let excepts = self.exceptions().next().is_some();
        let mut report = serializer.serialize_struct("Report", 2 + usize::from(excepts))?;
        report.serialize_field("policies", &Each(self.policies()))?;
        match excepts {
            true => report.serialize_field("exceptions", &Each(self.exceptions()))?,
            false => report.skip_field("exceptions")?,
        }
        report.serialize_field("errors", &Each(self.errors()))?;
        report.end()
    }
}

/// A list, as it goes by.
struct Each<I>(I);

impl<I: Iterator<Item: Serialize> + Clone> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.clone())
    }
}

/// A path as the user would write it: relative where it lies below the working folder.
pub(super) fn shown(path: &Path) -> String {
    let relative = std::env::current_dir()
        .ok()
        .and_then(|folder| path.strip_prefix(folder).ok().map(Path::to_path_buf));
    relative
        .as_deref()
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned()
}

fn as_text<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}
