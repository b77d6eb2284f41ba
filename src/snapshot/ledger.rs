//! The policies of every file, the last good version of those that are broken now.
//!
//! Comes in:  changed files.
//! Goes out:  the policies that shall be in force, and a [`Report`] of all.
//! Never here: compiling, swapping, waiting.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::item::{self, Broken, Item, Key, Kind};
use super::report::{Finding, PolicyStatus, Report, shown};
use crate::source::{Change, Content, object};

/// Reads one text; [`item::read`], or a test's stand-in.
pub(super) type Reader = fn(&str) -> Vec<Result<Item, Broken>>;

/// What is known of every file.
#[derive(Debug)]
pub(super) struct Ledger {
    read: Reader,
    /// Does every policy fail open, whatever it says?
    force_ignore: bool,
    /// In the order of paths, which decides between two policies of one name.
    files: BTreeMap<Arc<Path>, Vec<Slot>>,
    /// What came of it, in the order of names.
    items: Vec<Item>,
    report: Report,
}

/// The slot that decides for each name, and its file.
type Winners<'l> = BTreeMap<&'l Key, (&'l Path, &'l Slot)>;

/// One policy document, or what is left of it.
#[derive(Clone, Debug)]
struct Slot {
    key: Option<Key>,
    /// The file's own version when `findings` is empty; otherwise the last good one, if any.
    item: Option<Item>,
    findings: Vec<Finding>,
}

impl Default for Ledger {
    fn default() -> Self {
        Ledger {
            read: item::read,
            force_ignore: false,
            files: BTreeMap::new(),
            items: Vec::new(),
            report: Report::default(),
        }
    }
}

impl Ledger {
    #[cfg(test)]
    pub(super) fn set_reader(&mut self, read: Reader) {
        self.read = read;
    }

    /// From now on every policy fails open.
    pub(super) fn force_ignore(&mut self) {
        self.force_ignore = true;
    }

    /// From now on also what only other processes of an installation carry out.
    pub(super) fn read_all(&mut self) {
        self.read = item::read_all;
    }

    /// Is everything in this file as it should be?
    pub(super) fn is_good(&self, path: &Path) -> bool {
        let slots = self.files.get(path);
        slots.is_some_and(|slots| slots.iter().all(Slot::is_good))
    }

    /// Takes changed files in.
    pub(super) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            let path = change.path;
            let old = self.files.remove(&path).unwrap_or_default();
            let slots = match change.content {
                Content::Gone => continue,
                Content::Text(text) => self.read_file(&path, &text, old),
                Content::Unreadable(why) => {
                    let finding = Finding::about("unreadable-file", why, &path);
                    carry_over(old, vec![Slot::unreadable(vec![finding])])
                }
            };
            self.files.insert(path, slots);
        }
        let winners = self.winners();
        let items = winners.values();
        let items = items.filter_map(|(_, slot)| slot.item.clone());
        (self.items, self.report) = (items.collect(), self.conclude(&winners));
    }

    /// What shall be in force: one for each key, in their order.
    pub(super) fn items(&self) -> &[Item] {
        &self.items
    }

    /// Everything with its state.
    pub(super) fn report(&self) -> &Report {
        &self.report
    }

    fn read_file(&self, path: &Path, text: &str, old: Vec<Slot>) -> Vec<Slot> {
        // A reader that panics is our defect; it must not end the reloading of everything else.
        let Ok(documents) = catch_unwind(AssertUnwindSafe(|| (self.read)(text))) else {
            let message = "reading this file failed inside portcullis; please report it";
            let finding = Finding::about("internal", message, path);
            return carry_over(old, vec![Slot::unreadable(vec![finding])]);
        };
        let slots = documents
            .into_iter()
            .map(|document| match document {
                Ok(mut item) => {
                    if self.force_ignore {
                        item.fail_open();
                    }
                    Slot {
                        key: Some(item.key()),
                        item: Some(item),
                        findings: Vec::new(),
                    }
                }
                Err(broken) => {
                    let finding = |diagnostic| Finding::new(diagnostic, path, text);
                    Slot {
                        item: broken.key.as_ref().and_then(|key| self.last_good(key)),
                        key: broken.key,
                        findings: broken.diagnostics.into_iter().map(finding).collect(),
                    }
                }
            })
            .collect();
        carry_over(old, slots)
    }

    /// Looks in what was in force until now, of all files: a policy may move to another file and
    /// break on the way.
    fn last_good(&self, key: &Key) -> Option<Item> {
        let found = self.items.binary_search_by(|item| item.key().cmp(key));
        self.items.get(found.ok()?).cloned()
    }

    fn conclude(&self, winners: &Winners<'_>) -> Report {
        let mut report = Report::default();
        for (path, slots) in &self.files {
            let file: Arc<str> = shown(path).into();
            for slot in slots {
                let Some(key) = &slot.key else {
                    report.errors.extend(slot.findings.iter().cloned());
                    continue;
                };
                let mut status = PolicyStatus::new(key, &file);
                status.errors.clone_from(&slot.findings);
                match winners.get(key) {
                    Some((_, winner)) if std::ptr::eq(*winner, slot) => {
                        status.in_force = true;
                        status.ready = slot.is_good();
                        if let Some(item) = &slot.item {
                            status.rules = item.rules();
                            let installed = object::below_scheme(path).is_some();
                            status.notes = item.notes(installed);
                        }
                    }
                    Some((home, _)) => {
                        let message = format!("{key} is already in force from `{}`", shown(home));
                        let finding = Finding::about("duplicate-policy", message, path);
                        status.errors.push(finding);
                    }
                    None => {}
                }
                match key.kind {
                    Kind::Policy(_) => report.policies.push(status),
                    Kind::Exception | Kind::CelException => report.exceptions.push(status),
                }
            }
        }
        report
    }

    /// The slot that decides for each name: the first whose text is good, or else the first that
    /// has a version at all.
    fn winners(&self) -> Winners<'_> {
        let mut winners = Winners::new();
        for (path, slots) in &self.files {
            for slot in slots.iter().filter(|slot| slot.item.is_some()) {
                let Some(key) = &slot.key else { continue };
                let better = |(_, other): &(_, &Slot)| slot.is_good() && !other.is_good();
                if winners.get(key).is_none_or(better) {
                    winners.insert(key, (path.as_ref(), slot));
                }
            }
        }
        winners
    }
}

impl Slot {
    fn is_good(&self) -> bool {
        self.findings.is_empty()
    }

    fn unreadable(findings: Vec<Finding>) -> Slot {
        Slot {
            key: None,
            item: None,
            findings,
        }
    }
}

/// Keeps the policies of `old` that `new` no longer names, if a part of `new` cannot be read: they
/// may stand in just that part. They take the places of the unreadable parts in their order.
fn carry_over(old: Vec<Slot>, new: Vec<Slot>) -> Vec<Slot> {
    let named: BTreeSet<Key> = new.iter().filter_map(|slot| slot.key.clone()).collect();
    let mut missing = old
        .into_iter()
        .filter(|slot| slot.item.is_some())
        .filter(|slot| slot.key.as_ref().is_some_and(|key| !named.contains(key)));
    let mut slots: Vec<Slot> = Vec::new();
    let mut last_findings = None;
    for slot in new {
        if slot.key.is_some() {
            slots.push(slot);
            continue;
        }
        last_findings = Some(slot.findings.clone());
        slots.push(match missing.next() {
            Some(kept) => Slot {
                findings: slot.findings,
                ..kept
            },
            None => slot,
        });
    }
    if let Some(findings) = last_findings {
        slots.extend(missing.map(|kept| Slot {
            findings: findings.clone(),
            ..kept
        }));
    }
    slots
}
