//! CustomResourceDefinitions: the types of custom resources, by which patches are merged.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use portcullis_engine::actions::mutate::apply_configuration::Schemas;
use portcullis_lang::value::{Numbers, Value, yaml};

use super::{SourceFile, policy_files, read_input};

/// The types of the built-in kinds, and of those that the files and directories define.
pub(crate) fn read_schemas(paths: &[PathBuf]) -> Result<Cow<'static, Schemas>> {
    let mut definitions = Vec::new();
    for path in paths {
        for file in policy_files(path)? {
            definitions.extend(documents(&file)?);
        }
    }
    Ok(match definitions.is_empty() {
        true => Cow::Borrowed(Schemas::built_in()),
        false => Cow::Owned(Schemas::with_definitions(&definitions)),
    })
}

/// The files that a `ClusterResource` file names under `spec.crds`, relative to its folder.
pub(crate) fn definition_files(path: &Path) -> Result<Vec<PathBuf>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = Vec::new();
    for document in documents(&read_input(path)?)? {
        let named = document
            .root()
            .at(&["spec", "crds"])
            .and_then(Value::as_list);
        let named = named.into_iter().flatten().filter_map(Value::as_str);
        files.extend(named.map(|name| folder.join(name)));
    }
    Ok(files)
}

fn documents(file: &SourceFile) -> Result<Vec<portcullis_lang::value::Document>> {
    let read = yaml::read(&file.text, Numbers::AsWritten).into_iter();
    read.map(|document| document.map_err(|error| anyhow!("`{}`: {error}", file.path.display())))
        .collect()
}
