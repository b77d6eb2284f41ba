//! The operating system's file events.
//!
//! Comes in:  roots to watch.
//! Goes out:  [`Touch`]es.
//! Never here: deciding whether a touched file matters, reading it.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind, RenameMode};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};

use super::scan::Root;

/// Something happened to a path.
#[derive(Debug)]
pub(super) struct Touch {
    pub(super) path: PathBuf,
    /// It is whole: closed, or renamed. Otherwise more is to be expected.
    pub(super) settled: bool,
    /// It came, went or took another name; so may what is below it.
    pub(super) structural: bool,
}

pub(super) struct Watch {
    /// Missing where the system refuses to watch at all.
    watcher: Option<RecommendedWatcher>,
    touches: Receiver<Touch>,
}

impl Watch {
    /// Watches every root. What cannot be watched is found by looking at it now and then.
    pub(super) fn start(roots: &mut [Root]) -> Watch {
        let (sender, touches) = channel();
        let watcher = notify::recommended_watcher(move |event| forward(event, &sender));
        if let Err(error) = &watcher {
            tracing::warn!(%error, "cannot watch files; looking for changes instead");
        }
        let mut watch = Watch {
            watcher: watcher.ok(),
            touches,
        };
        watch.rearm(roots);
        watch
    }

    /// Watches what is not watched yet, or was replaced since. Is everything watched now?
    pub(super) fn rearm(&mut self, roots: &mut [Root]) -> bool {
        let Some(watcher) = &mut self.watcher else {
            return false;
        };
        let mut complete = true;
        for root in roots {
            let now = fs::metadata(root.folder())
                .ok()
                .map(|metadata| (metadata.dev(), metadata.ino()));
            if root.watched.is_some() && root.watched == now {
                continue;
            }
            if root.watched.take().is_some() {
                // Fails when the folder is gone, and its watch with it.
                let _ = watcher.unwatch(root.folder());
            }
            match watch(watcher, root) {
                Ok(()) => root.watched = now,
                Err(error) => {
                    tracing::debug!(path = %root.folder().display(), %error, "cannot watch");
                    complete = false;
                }
            }
        }
        complete
    }

    pub(super) fn next(&self, patience: Duration) -> Result<Touch, RecvTimeoutError> {
        self.touches.recv_timeout(patience)
    }
}

fn watch(watcher: &mut RecommendedWatcher, root: &Root) -> notify::Result<()> {
    if !root.is_dir {
        return watcher.watch(root.folder(), RecursiveMode::NonRecursive);
    }
    // A link to a folder is swapped in the folder that it stands in.
    if let (true, Some(parent)) = (root.path.is_symlink(), root.path.parent()) {
        watcher.watch(parent, RecursiveMode::NonRecursive)?;
    }
    watcher.watch(&root.path, RecursiveMode::Recursive)
}

/// Translates one event. Runs on notify's thread; a closed channel means that nobody listens.
fn forward(event: notify::Result<Event>, touches: &Sender<Touch>) {
    let Ok(event) = event else { return };
    if event.need_rescan() {
        // Events were lost. An empty path belongs to no root, so the whole tree is looked at.
        let _ = touches.send(Touch {
            path: PathBuf::new(),
            settled: false,
            structural: true,
        });
        return;
    }
    let Some((settled, structural)) = meaning(event.kind) else {
        return;
    };
    for path in event.paths {
        let _ = touches.send(Touch {
            path,
            settled,
            structural,
        });
    }
}

/// Whether an event leaves a whole file behind, and whether paths came or went. `None` for mere
/// looking: reading a file must not be a reason to read it.
fn meaning(kind: EventKind) -> Option<(bool, bool)> {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => Some((true, false)),
        EventKind::Access(_) => None,
        EventKind::Modify(ModifyKind::Name(RenameMode::To | RenameMode::Both)) => {
            Some((true, true))
        }
        EventKind::Modify(ModifyKind::Name(_)) | EventKind::Create(_) | EventKind::Remove(_) => {
            Some((false, true))
        }
        EventKind::Modify(_) | EventKind::Any | EventKind::Other => Some((false, false)),
    }
}
