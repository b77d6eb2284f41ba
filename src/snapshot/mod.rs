//! What is in force: policies, the program compiled from them, and what is wrong with the rest.
//!
//! Comes in:  changed files (see `source`).
//! Goes out:  [`Snapshot`], swapped by one pointer store; requests load it and never wait.
//! Never here: requests, how files are found.
//!
//! ```text
//! changes ─> ledger ─ policies, last good ones included ─> Program ─┐
//!               └─ findings with file, line and column ─> report ───┴─> Snapshot ─> InForce
//! ```
//!
//! Only the changed files are parsed again, on a thread of their own. A document that is broken
//! keeps the last good version of its policy in force; a file of which a part cannot be read at
//! all evicts none of its policies.

mod item;
mod keeper;
mod ledger;
mod report;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwapOption, Guard};
use portcullis_engine::program::Program;

pub(crate) use keeper::Keeper;
pub(crate) use report::Report;

/// One consistent state. A request sees the same one from start to end.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// What decides.
    pub(crate) program: Arc<Program>,
    /// Counts programs from 1. It stays when a change of files left the policies as they were.
    pub(crate) version: u64,
    /// When this program came into force.
    pub(crate) loaded_at: SystemTime,
    /// Every policy, and every finding.
    pub(crate) report: Report,
}

/// The snapshot in force; none until the first load.
#[derive(Debug, Default)]
pub(crate) struct InForce(ArcSwapOption<Snapshot>);

impl InForce {
    /// The snapshot of this instant. No lock and no shared counter: cheap enough for every request.
    pub(crate) fn load(&self) -> Guard<Option<Arc<Snapshot>>> {
        self.0.load()
    }

    /// Puts `snapshot` in force for every request that starts from now on.
    pub(crate) fn store(&self, snapshot: Snapshot) {
        self.0.store(Some(Arc::new(snapshot)));
    }
}
