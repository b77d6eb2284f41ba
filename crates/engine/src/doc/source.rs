//! What policies of every kind have: their document, and their annotations.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Document;

use super::cel::placed;

/// What a policy was read from.
#[derive(Debug)]
pub struct Source {
    annotations: Vec<(String, String)>,
    document: Document,
}

impl Source {
    pub(super) fn new(annotations: Vec<(String, String)>, document: &Document) -> Source {
        Source {
            annotations,
            document: document.clone(),
        }
    }

    /// The whole document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The value of one of its annotations.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        let found = self.annotations.iter().find(|(name, _)| name == key);
        found.map(|(_, value)| value.as_str())
    }

    /// Its annotations, in order.
    pub fn annotations(&self) -> &[(String, String)] {
        &self.annotations
    }

    /// The finding that an expression cannot be used, with `why` in the reference's words: a field,
    /// and what is wrong with it.
    pub(super) fn unusable(&self, why: &str) -> Diagnostic {
        Diagnostic {
            message: why.to_owned(),
            ..placed(self.document.item(), why)
        }
    }
}
