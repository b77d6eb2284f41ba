//! The text of a settings file.
//!
//! ```yaml
//! auditEverything: false        # true: nothing is denied any more
//! defaultFailureMode: Fail      # of policies without a failurePolicy; or Ignore
//! failureModes:                 # instead of what policies say; the first that fits counts
//! - policies: [require-*]       # wildcards; `namespace/name` for a Policy; all by default
//!   namespaces: [kube-system]   # wildcards; all by default
//!   mode: Ignore
//! ```

use portcullis_engine::doc::FailurePolicy;
use portcullis_engine::failure::{FailureModes, ModeOverride};
use portcullis_lang::value::{Document, Entry, Item, Value};

use super::strict::{self, Wrong, entries, wrong};

const FIELDS: [&str; 3] = ["auditEverything", "defaultFailureMode", "failureModes"];
const MODE_FIELDS: [&str; 3] = ["policies", "namespaces", "mode"];

/// Reads a whole file. `default` is the failure mode where the file names none.
///
/// # Errors
///
/// `line:column: what is wrong`, of the first mistake.
pub(super) fn read(text: &str, default: FailurePolicy) -> Result<FailureModes, String> {
    let modes = strict::read(text, "settings", |document| modes(document, default))?;
    Ok(modes.unwrap_or(FailureModes {
        default,
        ..FailureModes::default()
    }))
}

fn modes(document: &Document, default: FailurePolicy) -> Result<FailureModes, Wrong> {
    let mut modes = FailureModes {
        default,
        ..FailureModes::default()
    };
    for entry in entries(document.item(), "settings", &FIELDS)? {
        match entry.key {
            "auditEverything" => match entry.item.value() {
                Value::Bool(on) => modes.audit_everything = on,
                _ => return wrong(entry.item, "`auditEverything` is `true` or `false`"),
            },
            "defaultFailureMode" => modes.default = mode(entry.item, "defaultFailureMode")?,
            _ => {
                if entry.item.value().as_list().is_none() {
                    return wrong(entry.item, "`failureModes` is a list");
                }
                let overrides = entry.item.elements().map(mode_override);
                modes.overrides = overrides.collect::<Result<_, _>>()?;
            }
        }
    }
    Ok(modes)
}

fn mode_override(item: Item<'_>) -> Result<ModeOverride, Wrong> {
    let (mut policies, mut namespaces, mut found) = (Vec::new(), Vec::new(), None);
    for entry in entries(item, "an entry of `failureModes`", &MODE_FIELDS)? {
        match entry.key {
            "policies" => policies = wildcards(entry)?,
            "namespaces" => namespaces = wildcards(entry)?,
            _ => found = Some(mode(entry.item, "mode")?),
        }
    }
    match found {
        Some(mode) => Ok(ModeOverride {
            policies,
            namespaces,
            mode,
        }),
        None => wrong(
            item,
            "an entry of `failureModes` needs a `mode`: `Fail` or `Ignore`",
        ),
    }
}

/// An empty list is not every name, whatever a missing one is: somebody removed the last name.
fn wildcards(entry: Entry<'_>) -> Result<Vec<String>, Wrong> {
    let texts = entry.item.value().as_list().into_iter().flatten();
    let texts: Option<Vec<_>> = texts.map(|text| text.as_str().map(str::to_owned)).collect();
    match texts {
        Some(texts) if !texts.is_empty() => Ok(texts),
        _ => wrong(
            entry.item,
            &format!("`{}` is a list of names, at least one", entry.key),
        ),
    }
}

fn mode(item: Item<'_>, field: &str) -> Result<FailurePolicy, Wrong> {
    match item.value().as_str() {
        Some("Fail") => Ok(FailurePolicy::Fail),
        Some("Ignore") => Ok(FailurePolicy::Ignore),
        _ => wrong(item, &format!("`{field}` is `Fail` or `Ignore`")),
    }
}
