//! Payload files: JSON or YAML that is no object of Kubernetes.

use std::path::{Component, Path, PathBuf};

use anyhow::{Result, anyhow};
use portcullis_engine::doc::{AnyPolicy, Mode};
use portcullis_lang::value::{Document, Numbers, yaml};

use super::read_input;

/// One payload.
#[derive(Clone, Debug)]
pub(crate) struct Payload {
    /// The path as it was written.
    pub(crate) name: String,
    /// The path of the file, without steps that lead nowhere.
    pub(crate) path: PathBuf,
    pub(crate) document: Document,
    pub(crate) form: Form,
}

/// What a payload is, which decides the policies that look at it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// Anything.
    Json,
    /// A request to an HTTP server.
    Http,
    /// A CheckRequest of Envoy.
    Envoy,
}

impl Form {
    /// Does the policy take payloads of this form?
    pub(crate) fn is_for(self, policy: &AnyPolicy) -> bool {
        match (policy, self) {
            (AnyPolicy::Validating(policy), Form::Json) => policy.mode == Mode::Json,
            (AnyPolicy::Validating(policy), Form::Http) => policy.mode == Mode::Http,
            (AnyPolicy::Validating(policy), Form::Envoy) => policy.mode == Mode::Envoy,
            (AnyPolicy::Deleting(_), Form::Json) => true,
            _ => false,
        }
    }
}

/// Reads one payload; `name`: its path, as seen from `folder`.
pub(crate) fn read_payload(folder: &Path, name: &str, form: Form) -> Result<Payload> {
    let path = folder.join(name);
    let path: PathBuf = path
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect();
    let source = read_input(&path)?;
    let document = yaml::read_one(&source.text, Numbers::Doubles)
        .map_err(|error| anyhow!("{}: {error}", path.display()))?;
    Ok(Payload {
        name: name.to_owned(),
        path,
        document,
        form,
    })
}

impl Payload {
    /// As rows of tests call it.
    pub(crate) fn shown(&self) -> String {
        match self.form {
            Form::Json => format!("/{}", self.name),
            Form::Http | Form::Envoy => self.path.display().to_string(),
        }
    }
}
