//! The last good texts of objects, kept on disk: what a process starts with while no API server
//! answers, and what stays in force of a policy that is broken when the process starts.
//!
//! Comes in:  changes of objects, and which of them are good.
//! Goes out:  a file for each, `objects/<resource>/<namespace>/<name>.json` below the folder for state.
//! Never here: policy files, which are on disk anyway.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::source::{Change, Content, object};

/// What is before the names of files.
const FOLDER: &str = "objects";

/// Resource, namespace, name.
const DEPTH: usize = 3;

/// A folder with texts.
#[derive(Debug)]
pub(crate) struct Kept {
    folder: PathBuf,
    /// Was it said already that it cannot be written?
    complained: bool,
}

impl Kept {
    /// Reads everything that is kept below `state`. What cannot be read is as if it were not there.
    pub(crate) fn open(state: &Path) -> (Kept, Vec<Change>) {
        let folder = state.join(FOLDER);
        let mut known = Vec::new();
        read_folder(&folder, &mut Vec::new(), &mut known);
        let kept = Kept {
            folder,
            complained: false,
        };
        (kept, known)
    }

    /// Writes what is good, removes what is gone, leaves what is broken as it was when it was good.
    pub(super) fn note(&mut self, changes: Vec<Change>, is_good: impl Fn(&Path) -> bool) {
        for Change { path, content } in changes {
            let Some(file) = self.file(&path) else {
                continue;
            };
            let done = match content {
                Content::Text(text) if is_good(&path) => write(&file, &text),
                Content::Gone => match fs::remove_file(&file) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                    _ => Ok(()),
                },
                Content::Text(_) | Content::Unreadable(_) => Ok(()),
            };
            match done {
                Ok(()) => self.complained = false,
                Err(error) if !self.complained => {
                    self.complained = true;
                    let folder = self.folder.display();
                    tracing::warn!(%folder, %error, "the last good policies cannot be kept on disk");
                }
                Err(_) => {}
            }
        }
    }

    /// Where the text of an object is; `None` for files, and for names that would lead elsewhere.
    fn file(&self, path: &Path) -> Option<PathBuf> {
        let below = object::below_scheme(path)?;
        let plain = |part: Component<'_>| matches!(part, Component::Normal(_));
        let file = self.folder.join(below);
        below.components().all(plain).then(|| {
            let mut name = file.into_os_string();
            name.push(".json");
            name.into()
        })
    }
}

/// Beside it first, so that there is never half of a text.
fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = file.with_extension("new");
    fs::write(&beside, text)?;
    fs::rename(&beside, file)
}

fn read_folder(folder: &Path, names: &mut Vec<String>, known: &mut Vec<Change>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = entry.path();
        if path.is_dir() {
            if names.len() + 1 < DEPTH {
                names.push(name);
                read_folder(&path, names, known);
                names.pop();
            }
            continue;
        }
        let (Some(name), Ok(text)) = (name.strip_suffix(".json"), fs::read_to_string(&path)) else {
            continue;
        };
        let path = match names.as_slice() {
            [resource] => object::path(resource, None, name),
            [resource, namespace] => object::path(resource, Some(namespace), name),
            _ => continue,
        };
        known.push(Change {
            path: Arc::clone(&path),
            content: Content::Text(text),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use crate::source::{Change, Content, object};
    use std::path::Path;
    use std::sync::Arc;

    #[test]
    fn good_texts_outlive_the_process_and_broken_ones_do_not_replace_them() {
        let dir = tempfile::tempdir().unwrap();
        let a = object::path("clusterpolicies.kyverno.io", None, "a");
        let b = object::path("policies.kyverno.io", Some("team"), "b.c");
        let file: Arc<Path> = Path::new("/etc/rules/x.yaml").into();
        let check = |changes: &[(&Arc<Path>, Option<&str>)], good: bool, expect: &[&str]| {
            let (mut kept, _) = Kept::open(dir.path());
            let changes = changes.iter().map(|(path, text)| Change {
                path: Arc::clone(path),
                content: text.map_or(Content::Gone, |text| Content::Text(text.to_owned())),
            });
            kept.note(changes.collect(), |_| good);
            let (_, known) = Kept::open(dir.path());
            let mut found: Vec<_> = known
                .iter()
                .map(|known| match &known.content {
                    Content::Text(text) => format!("{}={text}", known.path.display()),
                    other => format!("{other:?}"),
                })
                .collect();
            found.sort();
            assert_eq!(found, expect);
        };
        let (a1, b1) = (
            "cluster:/clusterpolicies.kyverno.io/a=1",
            "cluster:/policies.kyverno.io/team/b.c=1",
        );
        check(
            &[(&a, Some("1")), (&b, Some("1")), (&file, Some("1"))],
            true,
            &[a1, b1],
        );
        check(&[(&a, Some("2"))], false, &[a1, b1]);
        check(&[(&b, None), (&file, None)], true, &[a1]);
        let outside = object::path("clusterpolicies.kyverno.io", None, "../../a");
        check(&[(&outside, Some("1"))], true, &[a1]);
    }
}
