//! Resource files: every object, brought to the shape in which policies see it offline.

use std::path::PathBuf;

use anyhow::{Context, Error, Result, anyhow};
use bumpalo::Bump;
use portcullis_lang::diagnostic::position;
use portcullis_lang::value::{Document, Item, Numbers, Value, list, object, yaml};

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
    let files = ResourceFiles::open(paths);
    let read = in_stretches(&files.documents(), |_, stretch| {
        let mut resources = Vec::with_capacity(stretch.len());
        for document in stretch {
            resources.extend(document.read()?);
        }
        Ok(resources)
    })?;
    files.close()?;
    Ok(read)
}

/// Files whose resources are not read yet.
#[derive(Debug)]
pub(crate) struct ResourceFiles {
    files: Vec<SourceFile>,
    /// What kept the files behind these from being opened.
    broken: Option<Error>,
}

impl ResourceFiles {
    /// Opens every path, in order, up to the first that cannot be. A directory is read without its
    /// subdirectories.
    pub(crate) fn open(paths: &[PathBuf]) -> ResourceFiles {
        let mut files = Vec::new();
        let broken = paths.iter().try_for_each(|path| -> Result<()> {
            if !path.is_dir() {
                files.push(read_input(path)?);
                return Ok(());
            }
            for file in entries(path)?.iter().filter(|file| is_yaml(file)) {
                files.push(read_input(file)?);
            }
            Ok(())
        });
        ResourceFiles {
            files,
            broken: broken.err(),
        }
    }

    /// Their documents, each of which can be read apart from the others, on any thread.
    pub(crate) fn documents(&self) -> Vec<Unread<'_>> {
        let documents = self.files.iter().flat_map(|file| {
            let parts = yaml::documents(&file.text);
            parts.map(move |part| Unread { part, file })
        });
        documents.collect()
    }

    /// # Errors
    ///
    /// What kept a file from being opened. It comes behind what is wrong with the files before it, so
    /// this is asked when they were read.
    pub(crate) fn close(self) -> Result<()> {
        self.broken.map_or(Ok(()), Err)
    }
}

/// One document of a file of resources.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a> {
    part: yaml::Part<'a>,
    file: &'a SourceFile,
}

impl Unread<'_> {
    /// Reads its objects: none, one, or those of a `List`.
    pub(crate) fn read(&self) -> Result<Vec<Resource>> {
        let Unread { part, file } = self;
        let read = part.read(Numbers::Doubles).map_err(|error| {
            let at = position(&file.text, error.at.start);
            anyhow!("{}:{}:{}: {error}", file.path.display(), at.line, at.column)
        })?;
        let Some(document) = read.filter(|document| !document.root().is_null()) else {
            return Ok(Vec::new());
        };
        let root = document.item();
        let is_list =
            root.value().text("kind") == "List" && root.value().text("apiVersion") == "v1";
        let items = root
            .get("items")
            .filter(|items| is_list && items.value().as_list().is_some());
        let objects = items.map_or_else(|| vec![root], |items| items.elements().collect());
        let resource = |object: Item<'_>| {
            let document = match is_normal(object.value()) {
                true => Ok(object.to_document()),
                false => normalised(object.value()),
            };
            let document = document.with_context(|| format!("in `{}`", file.path.display()))?;
            Ok(Resource { document })
        };
        objects.into_iter().map(resource).collect()
    }
}

/// Would [`normalised`] change nothing? Most objects that tools print are like that.
fn is_normal(root: Value<'_>) -> bool {
    let (kind, api_version) = (root.text("kind"), root.text("apiVersion"));
    let metadata = root.get("metadata").unwrap_or_default();
    !kind.is_empty()
        && !api_version.is_empty()
        && !metadata.text("namespace").is_empty()
        && is_filled(root)
}

/// Is there nothing that [`filled`] would fill in, and is every map in the order in which it leaves them?
fn is_filled(value: Value<'_>) -> bool {
    match value {
        Value::Map(map) => {
            let mut last = None;
            map.iter().all(|(key, value)| {
                let is_next = last.replace(key).is_none_or(|last| last < key);
                is_next && !(value.is_null() && is_text_map(key)) && is_filled(value)
            })
        }
        Value::List(items) => items.iter().all(is_filled),
        _ => true,
    }
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
        Value::Null if is_text_map(key) => object(bump, []),
        Value::Map(map) => object(
            bump,
            map.iter()
                .map(|(key, value)| (key, filled(bump, key, value))),
        ),
        Value::List(items) => list(bump, items.iter().map(|item| filled(bump, "", item))),
        scalar => scalar,
    }
}

/// Does Kubernetes have a map of texts under this key?
fn is_text_map(key: &str) -> bool {
    matches!(
        key,
        "annotations" | "labels" | "matchLabels" | "nodeSelector" | "data" | "stringData"
    )
}
