//! Where policies come from: files and folders, read once and then watched; objects of a cluster.
//!
//! Comes in:  paths; what the operating system says about them; a cluster (see [`cluster`]).
//! Goes out:  [`Change`]s, in batches: the text of each file or object that is new, edited or gone.
//! Never here: what a file means.
//!
//! ```text
//! notify ──touches──> settle ──quiet──> read ──> changes
//! clock ──rescan──> scan ──differences──┘           │
//! API server ──watches──> cluster ──────────────────┘
//! ```
//!
//! An event only says where to look. What is handed out is always what stands on the disk, and a
//! slow comparison of the whole tree finds what no event told.

pub(crate) mod cluster;
pub(crate) mod listed;
pub(crate) mod object;
mod scan;
mod settle;
pub(crate) mod wanted;
mod watch;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use scan::{Root, Stamp};
use settle::{Settle, What};
use watch::Watch;

/// How often the whole tree is compared with what was read, while events arrive as they should.
const RESCAN: Duration = Duration::from_secs(5);

/// The same where a root cannot be watched: edits must still be in force soon.
const RESCAN_UNWATCHED: Duration = Duration::from_millis(150);

/// A file written this recently is still being written: its event is on the way.
const FRESH: Duration = Duration::from_millis(8);

/// What became of one file, or of one object.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Change {
    /// Absolute; of an object: see [`object::path`].
    pub(crate) path: Arc<Path>,
    /// What it holds now.
    pub(crate) content: Content,
}

/// What a file holds.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Content {
    /// This text.
    Text(String),
    /// Something that cannot be read, and why. Nobody wanted it gone.
    Unreadable(String),
    /// Nothing: it is not there any more.
    Gone,
}

/// Everything below these paths, once.
///
/// # Errors
///
/// The first path that cannot be looked at.
pub(crate) fn read(paths: &[PathBuf]) -> io::Result<Vec<Change>> {
    Source::open(paths).map(|(_, changes)| changes)
}

/// Policy files below a set of roots, and what was last read of each.
pub(crate) struct Source {
    roots: Vec<Root>,
    seen: BTreeMap<PathBuf, Seen>,
    /// Are there links among the files and folders?
    links: bool,
    /// Tells one content from another. Keyed at random, so that no file can be made to pass for
    /// another one.
    digest: RandomState,
    watch: Watch,
    settle: Settle,
    rescan_at: Instant,
}

/// What is remembered of a file.
#[derive(Clone, Copy, Debug)]
struct Seen {
    stamp: Stamp,
    content: u64,
}

impl Source {
    /// Starts to watch `paths` and reads every policy file below them.
    ///
    /// # Errors
    ///
    /// The first path that cannot be looked at. Later on, a root that goes away keeps what was
    /// read from it.
    pub(crate) fn open(paths: &[PathBuf]) -> io::Result<(Source, Vec<Change>)> {
        let mut roots = paths
            .iter()
            .map(|path| Root::at(path))
            .collect::<io::Result<Vec<_>>>()?;
        // Watch before reading: a file that changes between the two is read twice, never missed.
        let watch = Watch::start(&mut roots);
        let mut source = Source {
            roots,
            seen: BTreeMap::new(),
            links: false,
            digest: RandomState::new(),
            watch,
            settle: Settle::default(),
            rescan_at: Instant::now() + RESCAN_UNWATCHED,
        };
        let mut changes = Vec::new();
        for path in source.differences() {
            if let Look::Changed(content) = source.look(&path, true) {
                changes.push(Change {
                    path: path.into(),
                    content,
                });
            }
        }
        Ok((source, changes))
    }

    /// Waits until files changed and settled, at most `patience`; empty when nothing did.
    pub(crate) fn wait(&mut self, patience: Duration) -> Vec<Change> {
        let give_up = Instant::now() + patience;
        loop {
            let now = Instant::now();
            if self.settle.due().is_some_and(|due| due <= now) {
                let changes = self.collect(now);
                if !changes.is_empty() {
                    return changes;
                }
                continue;
            }
            if now >= self.rescan_at {
                self.rescan(now);
                continue;
            }
            if now >= give_up {
                return Vec::new();
            }
            let until = [Some(give_up), Some(self.rescan_at), self.settle.due()]
                .into_iter()
                .flatten()
                .min()
                .unwrap_or(give_up);
            match self.watch.next(until - now) {
                Ok(touch) => self.notice(touch),
                Err(RecvTimeoutError::Timeout) => {}
                // The watcher died. Looking at the disk is all that is left.
                Err(RecvTimeoutError::Disconnected) => std::thread::sleep(until - now),
            }
        }
    }

    fn notice(&mut self, touch: watch::Touch) {
        let what = if touch.structural && touch.path.is_dir() {
            What::Tree
        } else if scan::is_candidate(&self.roots, &touch.path) {
            What::File(touch.path)
        } else if touch.structural && self.may_concern(&touch.path) {
            What::Tree
        } else {
            return;
        };
        self.settle.touch(what, touch.settled, Instant::now());
    }

    /// May a policy file have come or gone with a path that is none itself? Files that programs write
    /// beside policies come and go at every edit; they are no reason to look at the whole tree.
    fn may_concern(&self, path: &Path) -> bool {
        if self.links {
            return true;
        }
        match path.symlink_metadata() {
            Ok(metadata) => !metadata.is_file(),
            Err(_) => {
                let mut from = self.seen.range(path.to_path_buf()..);
                let below = from.next().is_some_and(|(seen, _)| seen.starts_with(path));
                below || self.roots.iter().any(|root| root.path.starts_with(path))
            }
        }
    }

    fn rescan(&mut self, now: Instant) {
        let watched = self.watch.rearm(&mut self.roots);
        for path in self.differences() {
            self.settle.find(What::File(path), now);
        }
        let pause = if watched { RESCAN } else { RESCAN_UNWATCHED };
        self.rescan_at = Instant::now() + pause;
    }

    /// Every file that is not as it was read.
    fn differences(&mut self) -> Vec<PathBuf> {
        let found = scan::walk(&self.roots);
        self.links = found.links;
        let gone = self.seen.keys().filter(|path| found.lacks(path));
        let is_new = |path: &PathBuf, stamp: &Stamp| {
            let seen = self.seen.get(path);
            seen.is_none_or(|seen| seen.stamp != *stamp)
        };
        let stamps = found.stamps.iter();
        let changed = stamps.filter(|(path, stamp)| is_new(path, stamp));
        gone.chain(changed.map(|(path, _)| path)).cloned().collect()
    }

    /// Reads everything that settled.
    fn collect(&mut self, now: Instant) -> Vec<Change> {
        let mut batch = self.settle.take(now);
        if batch.whats.remove(&What::Tree) {
            self.watch.rearm(&mut self.roots);
            for path in self.differences() {
                // Nobody said that this file is gone. It may be on its way back.
                let vanished = !batch.overdue && !path.exists();
                let what = What::File(path);
                if vanished && !batch.whats.contains(&what) {
                    self.settle.put_back(what, batch.first, now);
                } else {
                    batch.whats.insert(what);
                }
            }
        }
        let mut changes = Vec::new();
        for what in batch.whats {
            let What::File(path) = what else { continue };
            match self.look(&path, batch.overdue) {
                Look::Same => {}
                Look::Writing => self.settle.put_back(What::File(path), batch.first, now),
                Look::Changed(content) => changes.push(Change {
                    path: path.into(),
                    content,
                }),
            }
        }
        changes
    }

    /// Reads one file. While somebody is still writing it, `overdue` alone makes it count.
    fn look(&mut self, path: &Path, overdue: bool) -> Look {
        let stamp = Stamp::of(path);
        let content = self.read(path, &stamp);
        if content == Content::Gone {
            return match self.seen.remove(path) {
                Some(_) => Look::Changed(Content::Gone),
                None => Look::Same,
            };
        }
        let stamp = match (&content, stamp) {
            (Content::Text(_), Ok(stamp)) => stamp,
            // Never equal to what is found next time: it is tried again.
            _ => Stamp::Failed,
        };
        let moving = stamp != Stamp::Failed && Stamp::of(path).ok() != Some(stamp);
        if !overdue && (moving || stamp.younger_than(FRESH)) {
            return Look::Writing;
        }
        let seen = Seen {
            stamp,
            content: self.digest.hash_one(&content),
        };
        let before = self.seen.insert(path.to_path_buf(), seen);
        // Touched, or written again as it was: a swapped ConfigMap renews every file.
        if before.is_some_and(|before| before.content == seen.content) {
            return Look::Same;
        }
        Look::Changed(content)
    }

    fn read(&self, path: &Path, stamp: &io::Result<Stamp>) -> Content {
        let text = match stamp {
            Ok(_) if path.is_dir() => match path.read_dir() {
                Ok(_) => return Content::Gone,
                Err(error) => Err(error),
            },
            Ok(_) => std::fs::read_to_string(path),
            Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
        };
        let is_root = || {
            let is_root = |root: &Root| root.is_dir && root.path == path;
            self.roots.iter().any(is_root)
        };
        match text {
            Ok(text) => Content::Text(text),
            Err(error) if is_absence(&error) && !is_root() => Content::Gone,
            Err(error) => Content::Unreadable(error.to_string()),
        }
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// What a second look at a file found.
enum Look {
    Same,
    Writing,
    Changed(Content),
}
