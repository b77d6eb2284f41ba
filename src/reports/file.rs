//! Results as lines of a file, for clusters that want no reports in their API server.
//!
//! Comes in:  updates.
//! Goes out:  one line of JSON for each, appended: the object, and what policies say of it.
//! Never here: reading them again; a line says what was found at its time.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;

use super::Update;
use super::entry::Entry;
use super::report::Scope;

/// A file that is appended to.
#[derive(Clone)]
pub(super) struct File(Arc<Inner>);

struct Inner {
    path: PathBuf,
    open: Mutex<Option<std::fs::File>>,
}

#[derive(Serialize)]
struct Line<'u> {
    scope: &'u Scope,
    results: &'u [Entry],
}

impl File {
    /// Opened when the first line is written.
    pub(super) fn at(path: PathBuf) -> File {
        File(Arc::new(Inner {
            path,
            open: Mutex::default(),
        }))
    }

    /// Appends a line. A file that cannot be written is an error in the log, and is tried again with
    /// the next line: it may have been moved away to be rotated.
    pub(super) async fn append(&self, update: &Update) {
        if !update.entries.is_empty() {
            let scope = Scope::from(&update.owner);
            self.append_line(&scope, &update.entries).await;
        }
    }

    /// Appends a line for each result of a denied request; they name their objects themselves.
    pub(super) async fn append_blocked(&self, entries: &[Entry]) {
        for entry in entries {
            let scope = entry.resources.first().cloned().unwrap_or_default();
            self.append_line(&scope, std::slice::from_ref(entry)).await;
        }
    }

    async fn append_line(&self, scope: &Scope, results: &[Entry]) {
        let Ok(mut line) = serde_json::to_vec(&Line { scope, results }) else {
            return;
        };
        line.push(b'\n');
        let file = self.clone();
        let written = tokio::task::spawn_blocking(move || file.write(&line)).await;
        if let Ok(Err(error)) = written {
            let path = self.0.path.display();
            tracing::error!(%path, %error, "the file of reports cannot be written");
        }
    }

    fn write(&self, line: &[u8]) -> std::io::Result<()> {
        let Inner { path, open } = &*self.0;
        let mut open = open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() || !path.exists() {
            let options = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)?;
            *open = Some(options);
        }
        match open.as_mut() {
            // In one piece, so that lines of several processes do not mix.
            Some(file) => file.write_all(line).inspect_err(|_| *open = None),
            None => Ok(()),
        }
    }
}
