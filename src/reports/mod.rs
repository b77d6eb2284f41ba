//! PolicyReports: what policies say of the objects that exist, one report for each object.
//!
//! Comes in:  outcomes of policies, from admission, from scans and from what generates.
//! Goes out:  PolicyReports and ClusterPolicyReports that belong to their objects, or lines of a file.
//! Never here: evaluating.
//!
//! ```text
//! gate, after the answer ─┐
//! scan ───────────────────┼─ Update ─> queue: one entry for each object ─> writer ─> API server
//! generate ───────────────┘                                                  or ─> file
//! ```
//!
//! Several processes write the same report, and none of them owns it: an update replaces the results
//! that it is about and leaves the others, in one write that fails where somebody else was first and
//! is then tried anew. What is true already is not written: the time of a result, and whether a scan
//! or a request found it, make no difference.

mod blocked;
mod entry;
mod file;
mod format;
mod keep;
mod merge;
mod prune;
mod queue;
mod report;
mod sink;
mod unnamed;
mod writer;

#[cfg(test)]
mod tests;

pub(crate) use entry::{Author, Entry, PATCHED_TARGET, Process, Time, label};
pub(crate) use format::{Format, is_transient};
pub(crate) use keep::keep;
pub(crate) use prune::prune;
pub(crate) use queue::Queue;
pub(crate) use report::{Owner, SELECTOR};
pub(crate) use sink::{AdmissionReports, is_told};
pub(crate) use writer::{Before, Done, Writer};

use std::path::PathBuf;

use portcullis_engine::outcome::{RuleType, Status};

/// Which results are kept, and how.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Statuses that are kept.
    pub(crate) statuses: Vec<Status>,
    /// Kinds of rules that are reported; changes of existing objects are told apart from others.
    pub(crate) kinds: Vec<Reported>,
    /// The group that reports are of.
    pub(crate) format: Format,
    /// Are there reports in the API server at all?
    pub(crate) objects: bool,
    /// A file that results are appended to, instead of objects in the API server.
    pub(crate) file: Option<PathBuf>,
    /// Results in one report at most.
    pub(crate) most: usize,
    /// Are results of blocked requests kept?
    pub(crate) blocked: bool,
}

/// A kind of rule, as `enableReporting` names it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reported {
    /// `validate`
    Validate,
    /// `mutate`
    Mutate,
    /// `mutateExisting`
    MutateExisting,
    /// `imageVerify`
    ImageVerify,
    /// `generate`
    Generate,
}

impl Options {
    /// Are results of this kind kept? `existing`: of a change of an existing object.
    pub(crate) fn reports(&self, kind: RuleType, existing: bool) -> bool {
        let kind = match (kind, existing) {
            (RuleType::Validation, _) => Reported::Validate,
            (RuleType::Mutation, false) => Reported::Mutate,
            (RuleType::Mutation, true) => Reported::MutateExisting,
            (RuleType::ImageVerify, _) => Reported::ImageVerify,
            (RuleType::Generation, _) => Reported::Generate,
            (RuleType::Deletion, _) => return false,
        };
        self.kinds.contains(&kind)
    }

    /// Is a result of this status kept?
    pub(crate) fn keeps(&self, entry: &Entry) -> bool {
        let mut statuses = self.statuses.iter();
        statuses.any(|status| status.as_str() == entry.result)
    }
}

/// What is to be true of one object's report.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// The object.
    pub(crate) owner: Owner,
    /// What policies say of it.
    pub(crate) entries: Vec<Entry>,
    /// Which of the results in the report do not hold any more unless they are among `entries`.
    pub(crate) settles: Settles,
}

/// Which results an update is about besides those that it brings.
#[derive(Clone, Debug, Default)]
pub(crate) enum Settles {
    /// None.
    #[default]
    Nothing,
    /// Those that these tests find: a scan's judgements.
    These(Vec<std::sync::Arc<dyn Judged>>),
}

/// Knows which results a scan repeats if they still hold.
pub(crate) trait Judged: std::fmt::Debug + Send + Sync {
    /// Would the scan have repeated it?
    fn judges(&self, entry: &Entry) -> bool;
}
