//! Objects that policies changed or made, written to files.
//!
//! Comes in:  responses, in order.
//! Goes out:  one YAML document for each object: all in one file, or in a directory one file for each
//!            resource that policies changed, and for each policy that made others.
//! Never here: objects on standard output (see `apply`).

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use portcullis_lang::value::{Document, yaml};

use super::run::{Response, Step, metadata};

/// The objects that a mutate policy leaves: the resource, then the existing ones that it changed.
pub(crate) fn mutated(response: &Response) -> impl Iterator<Item = &Document> {
    std::iter::once(&response.patched).chain(mutated_targets(response))
}

/// The existing objects that a mutate policy changed.
pub(crate) fn mutated_targets(response: &Response) -> impl Iterator<Item = &Document> {
    let rules = response.rules.iter();
    rules.filter_map(|rule| rule.patched_target.as_ref())
}

/// The objects that a generate policy makes.
pub(crate) fn generated(response: &Response) -> impl Iterator<Item = &Document> {
    response.rules.iter().flat_map(|rule| &rule.generated)
}

/// Writes every object to `output`: a file where the path has the ending of one, else a directory
/// that is made where it is missing.
pub(crate) fn write(output: &Path, responses: &[Response]) -> Result<()> {
    let mut files: Vec<(String, String)> = Vec::new();
    let mut add = |name: String, document: &Document| {
        let text = yaml::write(document.root());
        match files.iter_mut().find(|(known, _)| *known == name) {
            Some((_, written)) => {
                written.push_str("---\n");
                written.push_str(&text);
            }
            None => files.push((name, text)),
        }
    };
    for response in responses {
        // A policy may rename a resource; its file keeps the name that it came with.
        let name = metadata(response.origin.root(), "name");
        let policy = response.policy.name();
        match response.step {
            Step::Mutate => {
                mutated(response).for_each(|object| add(format!("{name}-mutated.yaml"), object));
            }
            Step::Generate => {
                generated(response)
                    .for_each(|object| add(format!("{policy}-generated.yaml"), object));
            }
            Step::VerifyImages | Step::Validate | Step::Delete => {}
        }
    }
    let is_file = output
        .extension()
        .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending == *known));
    if is_file && !output.is_dir() {
        let all: Vec<_> = files.into_iter().map(|(_, text)| text).collect();
        return put(output, &all.join("---\n"));
    }
    fs::create_dir_all(output).with_context(|| format!("failed to make `{}`", output.display()))?;
    files
        .iter()
        .try_for_each(|(name, text)| put(&output.join(name), text))
}

fn put(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("failed to write `{}`", path.display()))
}
