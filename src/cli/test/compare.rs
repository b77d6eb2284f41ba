//! Objects that a test expects, held against those that policies made.
//!
//! What nobody sees does not count: nulls, empty maps and empty lists, and the labels that say who
//! generated an object.

use std::path::{Path, PathBuf};

use anyhow::Result;
use bumpalo::Bump;
use portcullis_lang::value::{Value, list, object, yaml};

use super::case::Expected;
use crate::cli::load::{Resource, read_resources};
use crate::cli::run::metadata;
use crate::cli::text_diff::text_diff;

/// The objects that one expectation names.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// Of `patchedResources`, where it is stated.
    patched: Option<File>,
    /// Of `generatedResource` and `generatedResources`: one of them must have the object.
    generated: Vec<File>,
}

/// A file and the objects in it.
type File = (PathBuf, Vec<Resource>);

/// How an object compares with the expected ones.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Comparison {
    /// It is as it should be, or nobody said how it should be.
    Equal,
    /// It is not; what differs, line by line.
    Different(String),
    /// It is not among the expected ones.
    Missing(String),
}

impl Objects {
    /// Reads the files that an expectation names, relative to `folder`.
    pub(crate) fn read(expected: &Expected, folder: &Path) -> Result<Objects> {
        let read = |name: &String| {
            let path = folder.join(name);
            let resources = read_resources(std::slice::from_ref(&path))?;
            anyhow::Ok((path, resources))
        };
        Ok(Objects {
            patched: expected.patched_resources.as_ref().map(read).transpose()?,
            generated: expected
                .generated_resources
                .iter()
                .map(read)
                .collect::<Result<_>>()?,
        })
    }

    /// Compares a resource as a mutate rule left it.
    pub(crate) fn compare_patched(&self, actual: Value<'_>) -> Comparison {
        any(self.patched.as_slice(), actual)
    }

    /// Compares a resource that a generate rule made.
    pub(crate) fn compare_generated(&self, actual: Value<'_>) -> Comparison {
        any(&self.generated, actual)
    }
}

/// The best that any of the files says; the first, where none is better.
fn any(files: &[File], actual: Value<'_>) -> Comparison {
    let mut best = None;
    for (path, expected) in files {
        match (compare(path, expected, actual), &best) {
            (Comparison::Equal, _) => return Comparison::Equal,
            (other, None | Some(Comparison::Missing(_))) => best = Some(other),
            _ => {}
        }
    }
    best.unwrap_or(Comparison::Equal)
}

fn compare(path: &Path, expected: &[Resource], actual: Value<'_>) -> Comparison {
    let same = |resource: &&Resource| {
        let root = resource.document.root();
        let fields = ["apiVersion", "kind"]
            .iter()
            .all(|key| root.text(key) == actual.text(key));
        let mut metadata_fields = ["namespace", "name"].into_iter();
        fields && metadata_fields.all(|key| metadata(root, key) == metadata(actual, key))
    };
    let Some(expected) = expected.iter().find(same) else {
        let (kind, name) = (actual.text("kind"), metadata(actual, "name"));
        let path = path.display();
        return Comparison::Missing(format!(
            "resource {kind}/{name} not found in manifest {path}"
        ));
    };
    let bump = Bump::new();
    let expected = settled(&bump, expected.document.root());
    let actual = settled(&bump, actual);
    if expected == actual {
        return Comparison::Equal;
    }
    Comparison::Different(text_diff(&yaml::write(expected), &yaml::write(actual)))
}

/// The object as it is compared.
fn settled<'a>(bump: &'a Bump, value: Value<'a>) -> Value<'a> {
    let labels = value.at(&["metadata", "labels"]).and_then(Value::as_map);
    let own = labels.into_iter().flatten().filter(|(key, _)| {
        !key.starts_with("generate.kyverno.io/") && *key != "app.kubernetes.io/managed-by"
    });
    let managed = ("app.kubernetes.io/managed-by", Value::Str("kyverno"));
    let labels = object(bump, own.chain([managed]));
    let metadata = value
        .get("metadata")
        .and_then(Value::as_map)
        .into_iter()
        .flatten();
    let metadata = object(bump, metadata.chain([("labels", labels)]));
    let fields = value.as_map().into_iter().flatten();
    pruned(bump, object(bump, fields.chain([("metadata", metadata)]))).unwrap_or_default()
}

/// The value without nulls, empty maps and empty lists at any depth; `None` where nothing is left.
fn pruned<'a>(bump: &'a Bump, value: Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Null => None,
        Value::List(items) => {
            let kept = list(bump, items.iter().filter_map(|item| pruned(bump, item)));
            kept.as_list()
                .is_some_and(|items| !items.is_empty())
                .then_some(kept)
        }
        Value::Map(map) => {
            let entries = map
                .iter()
                .filter_map(|(key, item)| Some((key, pruned(bump, item)?)));
            let kept = object(bump, entries);
            kept.as_map()
                .is_some_and(|map| !map.is_empty())
                .then_some(kept)
        }
        Value::Int(number) => Some(Value::Float(number as f64)),
        scalar => Some(scalar),
    }
}
