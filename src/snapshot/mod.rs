//! What is in force: policies, the program compiled from them, and what is wrong with the rest.
//!
//! Comes in:  changed files and objects (see `source`).
//! Goes out:  [`Snapshot`], swapped by one pointer store; requests load it and never wait.
//! Never here: requests, how files are found.
//!
//! ```text
//! changes ─> ledger ─ policies, last good ones included ─> Program ─┐
//!               └─ findings with file, line and column ─> report ───┴─> Snapshot ─> InForce
//! ```
//!
//! Only the changed files are parsed and accounted for again, on a thread of their own. A document that is broken
//! keeps the last good version of its policy in force; a file of which a part cannot be read at
//! all evicts none of its policies.

mod claims;
mod item;
mod keeper;
mod kept;
mod lanes;
mod ledger;
mod report;
mod start;
mod survey;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwapOption, Guard};
use portcullis_engine::program::Program;
use tokio::sync::watch;

pub(crate) use item::Item;
pub(crate) use lanes::{Lane, Lanes, Part};
pub(crate) use report::{Counts, PolicyStatus, Report};
pub(crate) use start::{InCluster, Sources, start};
pub(crate) use survey::survey;

use keeper::Keeper;
use kept::Kept;

/// One consistent state. A request sees the same one from start to end.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// What decides.
    pub(crate) program: Arc<Program>,
    /// Its parts, for paths that are about some of the policies.
    pub(crate) lanes: Lanes,
    /// Counts programs from 1. It stays when a change of files left the policies as they were.
    pub(crate) version: u64,
    /// When this program came into force.
    pub(crate) loaded_at: SystemTime,
    /// What it was compiled from, and what other processes of an installation carry out: in the order
    /// of kinds and names.
    pub(crate) items: Arc<[Item]>,
    /// Every policy, and every finding.
    pub(crate) report: Report,
}

impl Snapshot {
    /// What decides the requests of a path. See [`Lanes`] for its cost.
    pub(crate) fn part<'s>(&'s self, lane: Lane<'s>) -> Part<'s> {
        self.lanes.of(&self.program, lane)
    }
}

/// The snapshot in force; none until the first load.
#[derive(Debug, Default)]
pub(crate) struct InForce {
    snapshot: ArcSwapOption<Snapshot>,
    changes: watch::Sender<u64>,
}

impl InForce {
    /// The snapshot of this instant. No lock and no shared counter: cheap enough for every request.
    pub(crate) fn load(&self) -> Guard<Option<Arc<Snapshot>>> {
        self.snapshot.load()
    }

    /// Puts `snapshot` in force for every request that starts from now on.
    pub(crate) fn store(&self, snapshot: Snapshot) {
        self.snapshot.store(Some(Arc::new(snapshot)));
        self.changes.send_modify(|version| *version += 1);
    }

    /// Hears of each snapshot.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
