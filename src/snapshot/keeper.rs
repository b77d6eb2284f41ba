//! The thread that keeps what is in force up to date.
//!
//! Comes in:  batches of changed files and objects, of any number of sources.
//! Goes out:  a new [`Snapshot`] for each, its metrics and its log lines.
//! Never here: the request path; nothing here is waited for by a request.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::{Instant, SystemTime};

use portcullis_engine::doc::FailurePolicy;
use portcullis_engine::program::Program;
use portcullis_engine::same;

use super::item::Item;
use super::kept::Kept;
use super::ledger::{Ledger, News};
use super::{InForce, Lanes, Snapshot};
use crate::allocations::give_back;
use crate::observe::metrics::Metrics;
use crate::source::Change;

/// Turns changes into snapshots.
pub(crate) struct Keeper {
    ledger: Ledger,
    in_force: Arc<InForce>,
    metrics: Arc<Metrics>,
    /// Where the good texts of objects outlive the process; nowhere without a cluster.
    kept: Option<Kept>,
    /// What the program in force was compiled from.
    items: Arc<[Item]>,
    /// What policies do, when nobody answers, that do not say it.
    default: FailurePolicy,
}

impl Keeper {
    /// Puts nothing in force yet.
    pub(crate) fn new(
        in_force: Arc<InForce>,
        metrics: Arc<Metrics>,
        default: FailurePolicy,
    ) -> Keeper {
        Keeper {
            ledger: Ledger::default(),
            in_force,
            metrics,
            kept: None,
            items: Arc::new([]),
            default,
        }
    }

    /// Every policy fails open, whatever it says.
    pub(crate) fn force_ignore(mut self) -> Keeper {
        self.ledger.force_ignore();
        self
    }

    /// A member of a cluster: policies that other processes of the installation carry out are read
    /// as well. `known` is what `kept` brought from before: the last good version of what is broken
    /// now.
    pub(crate) fn in_cluster(mut self, kept: Option<Kept>, known: Vec<Change>) -> Keeper {
        self.ledger.read_all();
        self.ledger.apply(known);
        self.kept = kept;
        self
    }

    /// Takes in what the sources say for as long as there are any. What came together comes into force
    /// together.
    pub(crate) fn run(mut self, batches: &Receiver<Vec<Change>>) {
        while let Ok(mut changes) = batches.recv() {
            changes.extend(batches.try_iter().flatten());
            self.take_in(changes);
            give_back();
        }
    }

    /// Takes in a batch. After the first one there is a program.
    pub(crate) fn take_in(&mut self, changes: Vec<Change>) {
        let started = Instant::now();
        let files = changes.len();
        let texts = match &self.kept {
            Some(_) => changes.clone(),
            None => Vec::new(),
        };
        self.ledger.apply(changes);
        if let Some(kept) = &mut self.kept {
            kept.note(texts, |path| self.ledger.is_good(path));
        }
        let (report, items) = (self.ledger.report().clone(), self.ledger.items().clone());
        let current = self.in_force.load();
        let (before, now) = differing(&self.items, &items);
        let unchanged = before.is_empty() && now.is_empty();
        let compiled = match current.as_deref() {
            // A file without policies, or one that still cannot be read.
            Some(current) if unchanged && current.report == report => return,
            Some(current) if unchanged => {
                Some((current.program.clone(), current.version, current.loaded_at))
            }
            current => {
                let version = current.map_or(1, |current| current.version + 1);
                let program = compile(current.map(|current| &*current.program), &items);
                program.map(|program| (Arc::new(program), version, SystemTime::now()))
            }
        };
        let broken = report.counts().findings > 0;
        self.metrics
            .reloaded(started.elapsed(), broken || compiled.is_none());
        let news = self.ledger.take_news();
        log_findings(&news);
        log_notes(&news);
        let Some((program, version, loaded_at)) = compiled else {
            // The program in force stays there.
            tracing::error!("compiling the policies failed inside portcullis; please report it");
            return;
        };
        tracing::info!(
            version,
            policies = program.count(),
            rules = program.rules(),
            files,
            elapsed_micros = started.elapsed().as_micros() as u64,
            "policies in force",
        );
        self.metrics
            .in_force(version, loaded_at, report.counts(), program.rules());
        self.metrics.changed(before, now);
        self.items = items.clone();
        let before = current.as_deref().map(|current| &current.lanes);
        self.in_force.store(Snapshot {
            lanes: Lanes::new(&program, before, self.default),
            program,
            version,
            loaded_at,
            items,
            report,
        });
    }
}

/// A compiler that panics is our defect; it must not end the reloading. What did not change since the
/// program in force is taken over from it.
fn compile(current: Option<&Program>, items: &[Item]) -> Option<Program> {
    let policies = items.iter().filter_map(|item| match item {
        Item::Policy(policy) => Some(policy.clone()),
        _ => None,
    });
    let exceptions = items.iter().filter_map(|item| match item {
        Item::Exception(exception) => Some(exception.clone()),
        _ => None,
    });
    let validating = items.iter().filter_map(|item| match item {
        Item::Validating(policy) => Some(policy.clone()),
        _ => None,
    });
    let mutating = items.iter().filter_map(|item| match item {
        Item::Mutating(policy) => Some(policy.clone()),
        _ => None,
    });
    let generating = items.iter().filter_map(|item| match item {
        Item::Generating(policy) => Some(policy.clone()),
        _ => None,
    });
    let from_cel = items.iter().filter_map(|item| match item {
        Item::CelException(exception) => Some(exception.clone()),
        _ => None,
    });
    let none = Program::default();
    let compile = || {
        let program = current.unwrap_or(&none).renewed(policies, exceptions);
        program
            .with_cel(validating, from_cel)
            .with_mutating(mutating)
            .with_generating(generating)
    };
    catch_unwind(AssertUnwindSafe(compile)).ok()
}

/// Without what both begin and end with.
fn differing<'i>(before: &'i [Item], now: &'i [Item]) -> (&'i [Item], &'i [Item]) {
    let (from, before_to, now_to) = same::differing(before, now, Item::is);
    let between = |items: &'i [Item], to| items.get(from..to).unwrap_or_default();
    (between(before, before_to), between(now, now_to))
}

/// Each part of a policy that is not carried out yet, when it appears.
fn log_notes(news: &[News]) {
    let before = news.iter().filter_map(|news| news.before.as_ref());
    let now = news.iter().filter_map(|news| news.now.as_ref());
    let known: BTreeSet<_> = before.flat_map(|file| file.notes()).collect();
    for (policy, note) in now.flat_map(|file| file.notes()) {
        if !known.contains(&(policy, note)) {
            tracing::warn!(policy, note, "a part of the policy is not carried out yet");
        }
    }
}

/// Each mistake is logged when it appears, not at every reload that finds it still there.
fn log_findings(news: &[News]) {
    let before = news.iter().filter_map(|news| news.before.as_ref());
    let now = news.iter().filter_map(|news| news.now.as_ref());
    let known: BTreeSet<_> = before
        .flat_map(|file| file.findings())
        .map(|(_, finding)| (finding.place(), finding.message.as_str()))
        .collect();
    for (policy, finding) in now.flat_map(|file| file.findings()) {
        let place = finding.place();
        if known.contains(&(place.clone(), finding.message.as_str())) {
            continue;
        }
        let name = policy.map_or("", |policy| policy.name.as_str());
        let last_good = policy.is_some_and(|policy| policy.in_force);
        tracing::warn!(
            policy = name,
            at = place,
            code = finding.code,
            help = finding.help,
            last_good_in_force = last_good,
            error = finding.message,
            "policy file has a mistake",
        );
    }
}
