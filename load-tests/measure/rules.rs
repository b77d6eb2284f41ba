//! Policies as they are measured: all of them decide.
//!
//! Comes in:  a folder of policies.
//! Goes out:  a copy in which `Audit` reads `Enforce`: what only audits costs nothing before the
//!            answer, and would be no comparison.
//! Never here: what policies mean.

use std::fs;
use std::path::Path;

use anyhow::Context as _;

/// Copies the YAML files below `from` to `to`.
pub(crate) fn enforce(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        let Some(name) = path.file_name() else {
            continue;
        };
        let target = to.join(name);
        if path.is_dir() {
            enforce(&path, &target)?;
        } else if path
            .extension()
            .is_some_and(|end| end == "yaml" || end == "yml")
        {
            let text = fs::read_to_string(&path)?;
            let text = text.replace("ailureAction: Audit", "ailureAction: Enforce");
            fs::write(target, text)?;
        }
    }
    Ok(())
}
