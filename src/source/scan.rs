//! Finding policy files and noticing that one is not what it was.
//!
//! Comes in:  roots.
//! Goes out:  the path and the [`Stamp`] of every file that may hold policies.
//! Never here: reading files, waiting.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Deeper folders are left alone; also what ends a circle of symbolic links.
const MAX_DEPTH: usize = 16;

/// What the user named: a file, taken whatever it is called, or a folder.
#[derive(Clone, Debug)]
pub(super) struct Root {
    /// Absolute.
    pub(super) path: PathBuf,
    pub(super) is_dir: bool,
    /// The folder that was watched, to notice when another one takes its place.
    pub(super) watched: Option<(u64, u64)>,
}

impl Root {
    pub(super) fn at(path: &Path) -> io::Result<Root> {
        let about = |error: io::Error| {
            io::Error::new(
                error.kind(),
                format!("cannot read `{}`: {error}", path.display()),
            )
        };
        let metadata = fs::metadata(path).map_err(about)?;
        Ok(Root {
            path: std::path::absolute(path).map_err(about)?,
            is_dir: metadata.is_dir(),
            watched: None,
        })
    }

    /// The folder whose events tell about this root.
    pub(super) fn folder(&self) -> &Path {
        if self.is_dir {
            &self.path
        } else {
            self.path.parent().unwrap_or(&self.path)
        }
    }
}

/// Enough of a file to tell that it changed without reading it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stamp {
    /// A file, or a folder.
    Of {
        device: u64,
        inode: u64,
        length: u64,
        /// Nanoseconds since 1970.
        modified: i128,
    },
    /// It is there, but may not be looked at.
    Failed,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> io::Result<Stamp> {
        fs::metadata(path).map(|metadata| Stamp::from_metadata(&metadata))
    }

    pub(super) fn from_metadata(metadata: &Metadata) -> Stamp {
        Stamp::Of {
            device: metadata.dev(),
            inode: metadata.ino(),
            length: metadata.len(),
            modified: i128::from(metadata.mtime()) * 1_000_000_000
                + i128::from(metadata.mtime_nsec()),
        }
    }

    /// Was it changed less than `age` ago? A time in the future says nothing.
    pub(super) fn younger_than(self, age: Duration) -> bool {
        let Stamp::Of { modified, .. } = self else {
            return false;
        };
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.as_nanos() as i128);
        (0..age.as_nanos() as i128).contains(&(now - modified))
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Every file that may hold policies, and every folder that cannot be read.
    pub(super) stamps: BTreeMap<PathBuf, Stamp>,
    /// Those folders again.
    unreadable: Vec<PathBuf>,
    /// Are there links, so that a file may change with another name than its own?
    pub(super) links: bool,
}

impl Found {
    /// Is `path` certainly not there any more? Nobody knows what is below a folder that cannot be
    /// read; one that is away for a moment must not take its policies with it.
    pub(super) fn lacks(&self, path: &Path) -> bool {
        let hidden = |folder: &PathBuf| path.starts_with(folder);
        !self.stamps.contains_key(path) && !self.unreadable.iter().any(hidden)
    }
}

/// Looks at everything below `roots`.
pub(super) fn walk(roots: &[Root]) -> Found {
    let mut found = Found::default();
    for root in roots {
        if root.is_dir {
            walk_folder(&root.path, 0, &mut found);
        } else if let Ok(stamp) = Stamp::of(&root.path) {
            found.links |= root.path.is_symlink();
            found.stamps.insert(root.path.clone(), stamp);
        }
    }
    found
}

fn walk_folder(folder: &Path, depth: usize, found: &mut Found) {
    if depth > MAX_DEPTH {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else {
        found.stamps.insert(folder.to_path_buf(), Stamp::Failed);
        found.unreadable.push(folder.to_path_buf());
        return;
    };
    for entry in entries.flatten() {
        found.links |= entry.file_type().is_ok_and(|it| it.is_symlink());
        if is_hidden(&entry.file_name()) {
            continue;
        }
        let path = entry.path();
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_dir() => walk_folder(&path, depth + 1, found),
            Ok(metadata) if metadata.is_file() && is_policy_name(&path) => {
                let stamp = Stamp::from_metadata(&metadata);
                found.stamps.insert(path, stamp);
            }
            Err(error) if error.kind() != ErrorKind::NotFound && is_policy_name(&path) => {
                found.stamps.insert(path, Stamp::Failed);
            }
            Ok(_) | Err(_) => {}
        }
    }
}

/// May `path` be a policy file below one of `roots`?
pub(super) fn is_candidate(roots: &[Root], path: &Path) -> bool {
    roots.iter().any(|root| {
        if !root.is_dir {
            return root.path == path;
        }
        path.strip_prefix(&root.path)
            .is_ok_and(|below| is_policy_name(path) && !below.iter().any(is_hidden))
    })
}

/// Editors' backups, `.git`, and the `..data` of a ConfigMap mount, whose files are reached
/// through the links beside it.
fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

/// The tests that lie beside policies are not policies.
fn is_policy_name(path: &Path) -> bool {
    let known = matches!(
        path.extension().and_then(OsStr::to_str),
        Some("yaml" | "yml" | "json")
    );
    known && path.file_stem() != Some(OsStr::new("kyverno-test"))
}
