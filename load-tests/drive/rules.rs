//! Policies as they are measured: all of them decide.
//!
//! Comes in:  a folder of policies.
//! Goes out:  a copy in which `Audit` reads `Enforce`: what only audits costs nothing before the
//!            answer, and would be no comparison.
//! Never here: what policies mean.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// Copies the YAML files below `from` to `to`, and tells where the copies are.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn enforce(from: &Path, to: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut copies = Vec::new();
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        let target = to.join(name);
        if path.is_dir() {
            copies.extend(enforce(&path, &target)?);
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            let text = fs::read_to_string(&path)?;
            fs::write(
                &target,
                text.replace("ailureAction: Audit", "ailureAction: Enforce"),
            )?;
            copies.push(target);
        }
    }
    copies.sort();
    Ok(copies)
}

/// Adds copies of these policies under other names, until there are `count`.
///
/// # Errors
///
/// A file cannot be read or written.
pub fn multiply(policies: &[PathBuf], folder: &Path, count: usize) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    for n in policies.len()..count {
        let Some(policy) = n.checked_rem(policies.len()).and_then(|n| policies.get(n)) else {
            break;
        };
        let text = fs::read_to_string(policy)?;
        let renamed = text.replacen("\n  name: ", &format!("\n  name: copy-{n}-"), 1);
        fs::write(folder.join(format!("copy-{n}.yaml")), renamed)?;
    }
    Ok(())
}
