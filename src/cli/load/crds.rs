//! CustomResourceDefinition files: which kinds live outside namespaces, beside the built-in ones.

use std::path::PathBuf;

use anyhow::{Result, anyhow};
use bumpalo::Bump;
use portcullis_lang::diagnostic::position;
use portcullis_lang::value::{Document, Numbers, Value, object, yaml};

use super::{Resource, policy_files};

/// Group and kind of what is cluster-scoped.
#[derive(Debug, Default)]
pub(crate) struct Crds {
    cluster_scoped: Vec<(String, String)>,
}

impl Crds {
    /// Reads every definition of the given files and directories.
    pub(crate) fn read(paths: &[PathBuf]) -> Result<Crds> {
        let mut crds = Crds::default();
        for path in paths {
            for file in policy_files(path)? {
                for document in yaml::read(&file.text, Numbers::AsWritten) {
                    let document = document.map_err(|error| {
                        let at = position(&file.text, error.at.start);
                        let path = file.path.display();
                        anyhow!("{path}:{}:{}: {error}", at.line, at.column)
                    })?;
                    crds.add(document.root());
                }
            }
        }
        Ok(crds)
    }

    fn add(&mut self, definition: Value<'_>) {
        let spec = definition.get("spec").unwrap_or_default();
        let names = spec.get("names").unwrap_or_default();
        let is_definition = definition.text("kind") == "CustomResourceDefinition";
        if is_definition && spec.text("scope") == "Cluster" {
            let (group, kind) = (spec.text("group"), names.text("kind"));
            self.cluster_scoped
                .push((group.to_owned(), kind.to_owned()));
        }
    }

    /// Takes the namespace off a resource that has none, whatever was filled in.
    pub(crate) fn settled(&self, resource: Resource) -> Resource {
        if self.cluster_scoped.is_empty() {
            return resource;
        }
        let group = resource.api_version().split_once('/');
        let group = group.map_or("", |(group, _)| group);
        let known = |(own, kind): &(String, String)| own == group && kind == resource.kind();
        if !self.cluster_scoped.iter().any(known) {
            return resource;
        }
        let bump = Bump::new();
        let root = resource.document.root();
        let metadata = root.get("metadata").and_then(Value::as_map);
        let metadata = metadata.into_iter().flatten();
        let metadata = object(&bump, metadata.filter(|(key, _)| *key != "namespace"));
        let rest = root.as_map().into_iter().flatten();
        let document = object(&bump, rest.chain([("metadata", metadata)]));
        Resource {
            document: Document::from_value(document),
        }
    }
}
