//! The chart, rendered by Helm.
//!
//! Comes in: flags of `helm template`.
//! Goes out: the objects.
//! Never here: what they should be.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that panics has failed, as it should"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::bail;

use portcullis_lang::value::{Numbers, to_json, yaml};
use serde_json::Value;

use super::go::{self, Program};

/// The chart's folder.
pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/chart")
}

/// Runs `helm ACTION kyverno deploy/chart --namespace kyverno FLAGS`; `None` where Helm cannot be had.
///
/// # Errors
///
/// Helm cannot be built or started. What it says of the chart is in the output.
pub(crate) fn helm(action: &str, flags: &[&str]) -> anyhow::Result<Option<Output>> {
    let Some(helm) = go::binary(Program::Helm)? else {
        return Ok(None);
    };
    let output = Command::new(helm)
        .args([action, "kyverno"])
        .arg(folder())
        .args(["--namespace", "kyverno"])
        .args(flags)
        .env_remove("KUBECONFIG")
        .output()?;
    Ok(Some(output))
}

/// The text of `helm template` with these flags; `None` where Helm cannot be had.
///
/// # Errors
///
/// Helm refuses.
pub(crate) fn template(flags: &[&str]) -> anyhow::Result<Option<String>> {
    let Some(output) = helm("template", flags)? else {
        return Ok(None);
    };
    if !output.status.success() {
        bail!("{flags:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(Some(String::from_utf8(output.stdout)?))
}

/// The objects of [`template`].
///
/// # Errors
///
/// Helm refuses, or its output is no YAML.
pub(crate) fn objects(flags: &[&str]) -> anyhow::Result<Option<Vec<Value>>> {
    template(flags)?.map(|text| parse(&text)).transpose()
}

/// The objects of a text.
///
/// # Errors
///
/// It is no YAML.
pub(crate) fn parse(text: &str) -> anyhow::Result<Vec<Value>> {
    let mut objects = Vec::new();
    for document in yaml::read(text, Numbers::AsWritten) {
        let document = document.map_err(|error| anyhow::anyhow!("{}", error.message))?;
        let value: Value = serde_json::from_str(&to_json(document.root()))?;
        if !value.is_null() {
            objects.push(value);
        }
    }
    Ok(objects)
}

/// The object of this kind and name.
///
/// # Panics
///
/// There is none.
pub(crate) fn find<'o>(objects: &'o [Value], kind: &str, name: &str) -> &'o Value {
    objects
        .iter()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .unwrap_or_else(|| panic!("no {kind} `{name}`"))
}
