//! Resource files: every object, brought to the shape in which policies see it offline.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow};
use bumpalo::Bump;
use portcullis_lang::diagnostic::position;
use portcullis_lang::value::{Document, Numbers, Value, list, object, yaml};

use super::files::{entries, is_yaml};
use super::scope::is_cluster_scoped;
use super::{SourceFile, read_input};
use crate::cli::parallel::in_stretches;

/// One object that policies are applied to.
#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// The object, normalised.
    pub(crate) document: Document,
}

impl Resource {
    fn metadata(&self, key: &str) -> &str {
        self.document
            .root()
            .get("metadata")
            .unwrap_or_default()
            .text(key)
    }

    /// `metadata.name`.
    pub(crate) fn name(&self) -> &str {
        self.metadata("name")
    }

    /// `metadata.namespace`; empty for cluster-scoped objects.
    pub(crate) fn namespace(&self) -> &str {
        self.metadata("namespace")
    }

    /// `kind`.
    pub(crate) fn kind(&self) -> &str {
        self.document.root().text("kind")
    }

    /// `apiVersion`.
    pub(crate) fn api_version(&self) -> &str {
        self.document.root().text("apiVersion")
    }
}

/// Reads every path, in order. A directory is read without its subdirectories.
pub(crate) fn read_resources(paths: &[PathBuf]) -> Result<Vec<Resource>> {
    let mut resources = Vec::new();
    for path in paths {
        let files = if path.is_dir() {
            entries(path)?
                .into_iter()
                .filter(|file| is_yaml(file))
                .collect()
        } else {
            vec![path.clone()]
        };
        for file in files {
            resources.extend(resources_of(&read_input(&file)?)?);
        }
    }
    Ok(resources)
}

/// Every object of one file, read on all cores; `List`s are taken apart.
pub(crate) fn resources_of(file: &SourceFile) -> Result<Vec<Resource>> {
    let documents: Vec<_> = yaml::documents(&file.text).collect();
    in_stretches(&documents, |part| {
        let mut resources = Vec::with_capacity(part.len());
        for document in part {
            objects(*document, file, &mut resources)?;
        }
        Ok(resources)
    })
}

fn objects(part: yaml::Part<'_>, file: &SourceFile, resources: &mut Vec<Resource>) -> Result<()> {
    let read = part.read(Numbers::Doubles).map_err(|error| {
        let at = position(&file.text, error.at.start);
        anyhow!("{}:{}:{}: {error}", file.path.display(), at.line, at.column)
    })?;
    let Some(document) = read else { return Ok(()) };
    let root = document.root();
    if root.is_null() {
        return Ok(());
    }
    let is_list = root.text("kind") == "List" && root.text("apiVersion") == "v1";
    let items = root
        .get("items")
        .and_then(Value::as_list)
        .filter(|_| is_list);
    let objects = items.map_or_else(|| vec![root], |items| items.iter().collect());
    for object in objects {
        let document =
            normalised(object).with_context(|| format!("in `{}`", file.path.display()))?;
        resources.push(Resource { document });
    }
    Ok(())
}

/// The namespace filled in, and empty maps in place of nulls where Kubernetes has them.
pub(super) fn normalised(root: Value<'_>) -> Result<Document> {
    let map = root
        .as_map()
        .ok_or_else(|| anyhow!("a resource is a map, but here is something else"))?;
    if root.text("kind").is_empty() || root.text("apiVersion").is_empty() {
        return Err(anyhow!("a resource needs `apiVersion` and `kind`"));
    }
    let bump = Bump::new();
    let group = root
        .text("apiVersion")
        .split_once('/')
        .map_or("", |(group, _)| group);
    let metadata = root.get("metadata").unwrap_or_default();
    let needs_namespace =
        metadata.text("namespace").is_empty() && !is_cluster_scoped(group, root.text("kind"));
    let entries = map.iter().map(|(key, value)| {
        let value = filled(&bump, key, value);
        match value {
            Value::Map(metadata) if key == "metadata" && needs_namespace => {
                let namespace = ("namespace", Value::Str("default"));
                (key, object(&bump, metadata.iter().chain([namespace])))
            }
            value => (key, value),
        }
    });
    let with_metadata =
        entries.chain((metadata.as_map().is_none() && needs_namespace).then(|| {
            (
                "metadata",
                object(&bump, [("namespace", Value::Str("default"))]),
            )
        }));
    Ok(Document::from_value(object(&bump, with_metadata)))
}

/// `value` with `null` under the keys of text maps made `{}`, at any depth.
fn filled<'a>(bump: &'a Bump, key: &str, value: Value<'a>) -> Value<'a> {
    match value {
        Value::Null
            if matches!(
                key,
                "annotations" | "labels" | "matchLabels" | "nodeSelector" | "data" | "stringData"
            ) =>
        {
            object(bump, [])
        }
        Value::Map(map) => object(
            bump,
            map.iter()
                .map(|(key, value)| (key, filled(bump, key, value))),
        ),
        Value::List(items) => list(bump, items.iter().map(|item| filled(bump, "", item))),
        scalar => scalar,
    }
}
