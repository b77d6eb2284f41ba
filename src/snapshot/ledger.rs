//! The policies of every file, the last good version of those that are broken now.
//!
//! Comes in:  changed files.
//! Goes out:  the policies that shall be in force, and a [`Report`] of all.
//! Never here: compiling, swapping, waiting.
//!
//! What a change costs follows what changed: of all other files nothing is looked at, and what was found
//! of them is shared.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use super::claims::{Claims, Place};
use super::item::{self, Broken, Item, Key, Kind};
use super::report::{FileReport, Finding, PolicyStatus, Report, shown};
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
    files: BTreeMap<Arc<Path>, File>,
    /// Where each policy is named.
    claims: Claims,
    /// What came of it, in the order of names.
    items: Arc<[Item]>,
    report: Report,
    /// What was last told of files that changed since.
    news: BTreeMap<Arc<Path>, Option<Arc<FileReport>>>,
}

/// One file.
#[derive(Debug, Default)]
struct File {
    slots: Vec<Slot>,
    report: Arc<FileReport>,
}

/// What was told of a file, and what is to be told of it now.
#[derive(Debug)]
pub(super) struct News {
    pub(super) before: Option<Arc<FileReport>>,
    pub(super) now: Option<Arc<FileReport>>,
}

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
            claims: Claims::default(),
            items: Arc::new([]),
            report: Report::default(),
            news: BTreeMap::new(),
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
        let file = self.files.get(path);
        file.is_some_and(|file| file.slots.iter().all(Slot::is_good))
    }

    /// Takes changed files in.
    pub(super) fn apply(&mut self, changes: Vec<Change>) {
        let (mut keys, mut files) = (BTreeSet::new(), BTreeSet::new());
        for Change { path, content } in changes {
            let old = self.files.remove(&path);
            let told = old.as_ref().map(|old| Arc::clone(&old.report));
            self.news.entry(Arc::clone(&path)).or_insert(told);
            let old = old.unwrap_or_default().slots;
            for key in old.iter().filter_map(|slot| slot.key.as_ref()) {
                self.claims.remove(key, &path);
                keys.insert(key.clone());
            }
            let slots = match content {
                Content::Gone => continue,
                Content::Text(text) => self.read_file(&path, &text, old),
                Content::Unreadable(why) => {
                    let finding = Finding::about("unreadable-file", why, &path);
                    carry_over(old, vec![Slot::unreadable(vec![finding])])
                }
            };
            for (slot, key) in slots.iter().map(|slot| &slot.key).enumerate() {
                if let Some(key) = key {
                    let file = Arc::clone(&path);
                    self.claims.add(key, Place { file, slot });
                    keys.insert(key.clone());
                }
            }
            files.insert(Arc::clone(&path));
            let report = Arc::default();
            self.files.insert(path, File { slots, report });
        }
        self.put_in_force(&keys);
        // What is said of a policy depends on all files that name it.
        let places = keys.iter().flat_map(|key| self.claims.of(key));
        files.extend(places.map(|place| Arc::clone(&place.file)));
        self.conclude(files);
    }

    /// What shall be in force: one for each key, in their order.
    pub(super) fn items(&self) -> &Arc<[Item]> {
        &self.items
    }

    /// Everything with its state.
    pub(super) fn report(&self) -> &Report {
        &self.report
    }

    /// Every file of which something else is to be told than the last time that somebody asked.
    pub(super) fn take_news(&mut self) -> Vec<News> {
        let news = std::mem::take(&mut self.news).into_iter();
        let news = news.map(|(path, before)| News {
            before,
            now: self.files.get(&path).map(|file| Arc::clone(&file.report)),
        });
        news.filter(|news| news.before != news.now).collect()
    }

    /// Replaces the items of these keys.
    fn put_in_force(&mut self, keys: &BTreeSet<Key>) {
        let mut items = Vec::with_capacity(self.items.len() + keys.len());
        let mut rest = &*self.items;
        for key in keys {
            let (before, found, after) = match rest.binary_search_by(|item| item.key().cmp(key)) {
                Ok(at) => (at, true, at + 1),
                Err(at) => (at, false, at),
            };
            let winner = self.winner(key).and_then(|(_, slot)| slot.item.as_ref());
            if !found && winner.is_none() {
                continue;
            }
            items.extend_from_slice(rest.get(..before).unwrap_or_default());
            items.extend(winner.cloned());
            rest = rest.get(after..).unwrap_or_default();
        }
        items.extend_from_slice(rest);
        self.items = items.into();
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

    /// Says anew what there is to say of these files.
    fn conclude(&mut self, files: BTreeSet<Arc<Path>>) {
        for path in files {
            let report = self.report_of(&path).map(Arc::new);
            if let (Some(file), Some(report)) = (self.files.get_mut(&path), report) {
                let told = std::mem::replace(&mut file.report, report);
                self.news.entry(path).or_insert(Some(told));
            }
        }
        let files = self.files.values();
        self.report = Report::new(files.map(|file| Arc::clone(&file.report)));
    }

    fn report_of(&self, path: &Path) -> Option<FileReport> {
        let slots = &self.files.get(path)?.slots;
        let (mut policies, mut exceptions, mut errors) = (Vec::new(), Vec::new(), Vec::new());
        let file: Arc<str> = shown(path).into();
        for (index, slot) in slots.iter().enumerate() {
            let Some(key) = &slot.key else {
                errors.extend(slot.findings.iter().cloned());
                continue;
            };
            let mut status = PolicyStatus::new(key, &file);
            status.errors.clone_from(&slot.findings);
            match self.winner(key) {
                Some((home, _)) if *home.file == *path && home.slot == index => {
                    status.in_force = true;
                    status.ready = slot.is_good();
                    if let Some(item) = &slot.item {
                        status.rules = item.rules();
                        let installed = object::below_scheme(path).is_some();
                        status.notes = item.notes(installed);
                    }
                }
                Some((home, _)) => {
                    let home = shown(&home.file);
                    let message = format!("{key} is already in force from `{home}`");
                    let finding = Finding::about("duplicate-policy", message, path);
                    status.errors.push(finding);
                }
                None => {}
            }
            match key.kind {
                Kind::Policy(_) => policies.push(status),
                Kind::Exception | Kind::CelException => exceptions.push(status),
            }
        }
        Some(FileReport::new(policies, exceptions, errors))
    }

    /// The slot that decides for a name: the first whose text is good, or else the first that has a
    /// version at all.
    fn winner(&self, key: &Key) -> Option<(&Place, &Slot)> {
        let places = self.claims.of(key).iter();
        let slots = places.filter_map(|place| {
            let slot = self.files.get(&place.file)?.slots.get(place.slot)?;
            slot.item.is_some().then_some((place, slot))
        });
        let mut good = slots.clone().filter(|(_, slot)| slot.is_good());
        good.next().or_else(|| slots.clone().next())
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
