//! YAML as Kubernetes' own tools read and print it; every node that is read knows its place.
//!
//! Comes in:  YAML or JSON text, one or many documents.
//! Goes out:  one [`Document`] or one [`YamlError`] for each; a broken document hurts no other.
//! Never here: what a document means.
//!
//! ```text
//! text ─split─> documents ─granit-parser─> events ─tree─> nodes ─> tape
//!                  │                          └─resolve: `yes`, `0777`, `1_000`, ...
//!                  └─plain, where a document is of the simplest form ─> tape
//! ```
//!
//! Go reads Kubernetes YAML with a YAML 1.1 parser and then converts to JSON. Three things follow
//! that a YAML 1.2 parser does otherwise: the scalars of [`resolve`], keys that are never
//! anything but text, and a repeated key whose last value wins.

mod plain;
mod resolve;
mod split;
mod tree;
mod write;

use std::fmt;

pub use resolve::{Scalar, resolve};
pub use split::Part;
use tree::Ending;
pub use write::write;

use super::{Document, Lines, Numbers, Span};

/// Why one document of a YAML text could not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct YamlError {
    /// What is wrong.
    pub message: String,
    /// Where, in bytes of the whole text.
    pub at: Span,
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for YamlError {}

/// Reads every document of `text`, in order. Empty documents are left out.
///
/// Spans count bytes of the whole `text`, whichever document they belong to.
pub fn read(text: &str, numbers: Numbers) -> Vec<Result<Document, YamlError>> {
    let lines = Lines::of(text);
    documents(text)
        .filter_map(|part| part.read(numbers).transpose())
        .map(|read| read.map(|document| document.with_lines(&lines)))
        .collect()
}

/// The documents of `text`, unread: each can be read apart from the others, on any thread.
pub fn documents(text: &str) -> impl Iterator<Item = Part<'_>> {
    split::documents(text)
}

impl Part<'_> {
    /// Reads the document; `None` where it holds nothing. Spans count bytes of the whole text.
    ///
    /// # Errors
    ///
    /// Where it is not YAML that Kubernetes would accept.
    pub fn read(self, numbers: Numbers) -> Result<Option<Document>, YamlError> {
        read_part(self, numbers, Ending::Lines)
    }
}

/// Reads one document: in a sweep where it is plain, else by the parser.
fn read_part(
    part: Part<'_>,
    numbers: Numbers,
    ending: Ending,
) -> Result<Option<Document>, YamlError> {
    match plain::read(part, numbers) {
        Some(document) => Ok(Some(document)),
        None => tree::read(part, numbers, ending),
    }
}

/// Reads the first document of `text`; an empty text is `null`.
///
/// # Errors
///
/// Where that document is not YAML that Kubernetes would accept.
pub fn read_one(text: &str, numbers: Numbers) -> Result<Document, YamlError> {
    read(text, numbers)
        .into_iter()
        .next()
        .unwrap_or_else(|| Ok(Document::from_value(super::Value::Null)))
}

/// Reads the first document of `text` as Go's `yaml.Unmarshal` does, to which no reader of lines
/// has added anything: directives stand before the `---`, what follows the first document does
/// not count, and a block text that ends with `text` has no newline at its end.
///
/// # Errors
///
/// Where that document is not YAML that Kubernetes would accept.
pub fn read_raw(text: &str, numbers: Numbers) -> Result<Document, YamlError> {
    let part = Part { text, offset: 0 };
    let read = read_part(part, numbers, Ending::Raw)?;
    Ok(read.unwrap_or_else(|| Document::from_value(super::Value::Null)))
}
