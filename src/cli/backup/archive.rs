//! The archive: a gzipped tar of YAML files.
//!
//! ```text
//! objects/configmaps/kyverno/kyverno.yaml
//! objects/clusterpolicies.kyverno.io/_/require-labels.yaml      _: no namespace
//! values.yaml
//! ```
//!
//! Nothing in it tells when it was made, so that equal configurations are equal files.

use std::io::Read as _;

use anyhow::{Context as _, Result, bail};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use portcullis_lang::value::{Document, Numbers, yaml};

/// Where values are.
const VALUES: &str = "values.yaml";

/// Above the objects.
const OBJECTS: &str = "objects";

/// The largest file that is read: an API server stores no larger object.
const LARGEST: u64 = 4 << 20;

/// What an archive holds.
#[derive(Debug)]
pub(super) struct Archive {
    /// In the order in which they are restored.
    pub(super) objects: Vec<Stored>,
    /// What the release was installed with, YAML.
    pub(super) values: Option<String>,
}

/// One object.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    /// `PLURAL.GROUP`, or `PLURAL` of the core group.
    pub(super) resource: String,
    /// Empty where it is in none.
    pub(super) namespace: String,
    pub(super) name: String,
    /// Without what the API server adds.
    pub(super) document: Document,
}

impl Stored {
    /// As people call it: `clusterpolicies.kyverno.io/name`.
    pub(super) fn shown(&self) -> String {
        let Stored {
            resource,
            namespace,
            name,
            ..
        } = self;
        match namespace.as_str() {
            "" => format!("{resource}/{name}"),
            namespace => format!("{resource}/{namespace}/{name}"),
        }
    }

    /// The object as people read it.
    pub(super) fn yaml(&self) -> String {
        yaml::write(self.document.root())
    }

    fn path(&self) -> String {
        let Stored {
            resource,
            namespace,
            name,
            ..
        } = self;
        let namespace = match namespace.as_str() {
            "" => "_",
            namespace => namespace,
        };
        format!("{OBJECTS}/{resource}/{namespace}/{name}.yaml")
    }

    fn at(path: &str, text: &str) -> Result<Stored> {
        let mut parts = path.split('/').skip(1);
        let parts = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(resource), Some(namespace), Some(file), None) = parts else {
            bail!("`{path}` is no place of an object");
        };
        let document = yaml::read_one(text, Numbers::AsWritten)
            .map_err(|error| anyhow::anyhow!("`{path}`: {}", error.message))?;
        Ok(Stored {
            resource: resource.to_owned(),
            namespace: match namespace {
                "_" => String::new(),
                namespace => namespace.to_owned(),
            },
            name: file.strip_suffix(".yaml").unwrap_or(file).to_owned(),
            document,
        })
    }
}

impl Archive {
    /// The file.
    pub(super) fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut files = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::default()));
        for object in &self.objects {
            append(&mut files, &object.path(), &object.yaml())?;
        }
        if let Some(values) = &self.values {
            append(&mut files, VALUES, values)?;
        }
        Ok(files.into_inner()?.finish()?)
    }

    /// Reads a file.
    ///
    /// # Errors
    ///
    /// It is no archive of ours, or is cut off.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Archive> {
        let mut archive = Archive {
            objects: Vec::new(),
            values: None,
        };
        let mut files = tar::Archive::new(GzDecoder::new(bytes));
        for file in files.entries().context("is no gzipped tar")? {
            let file = file.context("is no gzipped tar, or is cut off")?;
            let path = file.path()?.to_string_lossy().into_owned();
            let mut text = String::new();
            let read = file.take(LARGEST).read_to_string(&mut text);
            read.with_context(|| format!("cannot read `{path}` in it"))?;
            match path.split('/').next() {
                Some(OBJECTS) => archive.objects.push(Stored::at(&path, &text)?),
                Some(VALUES) => archive.values = Some(text),
                _ => bail!("has a file `{path}`, which no backup has"),
            }
        }
        Ok(archive)
    }
}

fn append<W: std::io::Write>(files: &mut tar::Builder<W>, path: &str, text: &str) -> Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    files.append_data(&mut header, path, text.as_bytes())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use portcullis_lang::value::{Numbers, yaml};

    use super::{Archive, Stored};

    #[test]
    fn an_archive_is_read_as_it_was_written() {
        let stored = |namespace: &str, text: &str| Stored {
            resource: "policies.kyverno.io".to_owned(),
            namespace: namespace.to_owned(),
            name: "a.b".to_owned(),
            document: yaml::read_one(text, Numbers::AsWritten).unwrap(),
        };
        let archive = Archive {
            objects: vec![
                stored("", "spec: {weight: 1.0, count: 1}"),
                stored("team", "a: \"1\""),
            ],
            values: Some("replicas: 3\n".to_owned()),
        };
        let bytes = archive.to_bytes().unwrap();
        assert_eq!(bytes, archive.to_bytes().unwrap(), "nothing tells the time");
        let read = Archive::from_bytes(&bytes).unwrap();
        assert_eq!(read.values, archive.values);
        for (a, b) in std::iter::zip(&read.objects, &archive.objects) {
            assert_eq!((a.shown(), a.yaml()), (b.shown(), b.yaml()));
        }
        assert_eq!(read.objects.len(), 2);
        let cut = bytes.get(..bytes.len() / 2).unwrap();
        for (broken, why) in [(cut, "cut off"), (b"text".as_slice(), "is no gzipped tar")] {
            let error = format!("{:#}", Archive::from_bytes(broken).unwrap_err());
            assert!(error.contains(why), "{error}");
        }
    }
}
