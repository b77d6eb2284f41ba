//! Paths to texts.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use anyhow::{Context, Result, bail};

/// Standard input, once it was read: it comes once, and may be asked for policies and exceptions.
static STDIN: OnceLock<Arc<String>> = OnceLock::new();

/// A text and the name that messages call it by.
#[derive(Clone, Debug)]
pub(crate) struct SourceFile {
    pub(crate) path: PathBuf,
    /// Not an `Arc<str>`, which would be a copy: files of resources are large.
    pub(crate) text: Arc<String>,
}

/// The policy files that `path` stands for: itself, or every YAML file below it.
pub(crate) fn policy_files(path: &Path) -> Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    if path.is_dir() {
        collect(path, &mut files)?;
        files.iter().map(|file| read_input(file)).collect()
    } else {
        Ok(vec![read_input(path)?])
    }
}

/// Reads one file; `-` is standard input.
pub(crate) fn read_input(path: &Path) -> Result<SourceFile> {
    refuse_url(path)?;
    let text = if path == Path::new("-") {
        stdin()?
    } else {
        let bytes =
            fs::read(path).with_context(|| format!("failed to read `{}`", path.display()))?;
        String::from_utf8(bytes)
            .with_context(|| format!("`{}` is not UTF-8 text", path.display()))?
            .into()
    };
    Ok(SourceFile {
        path: path.to_owned(),
        text,
    })
}

fn stdin() -> Result<Arc<String>> {
    if let Some(text) = STDIN.get() {
        return Ok(text.clone());
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .context("failed to read standard input")?;
    Ok(STDIN.get_or_init(|| text.into()).clone())
}

/// Says what to do instead, where a path is an address.
pub(crate) fn refuse_url(path: &Path) -> Result<()> {
    let text = path.to_string_lossy();
    let is_address = ["http://", "https://", "git://", "git@"];
    if is_address.iter().any(|start| text.starts_with(start)) {
        bail!("`{text}` is not read: download or clone it first, and name the file or folder");
    }
    Ok(())
}

/// YAML files below `folder`, sorted by name, files that start with a dot left out.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for path in entries(folder)? {
        if path.is_dir() {
            collect(&path, files)?;
        } else if is_yaml(&path)
            && !path
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with('.'))
        {
            files.push(path);
        }
    }
    Ok(())
}

/// What lies directly in `folder`, sorted.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    let listed =
        fs::read_dir(folder).with_context(|| format!("failed to list `{}`", folder.display()))?;
    let mut paths = listed
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

pub(super) fn is_yaml(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "yaml" || extension == "yml")
}
