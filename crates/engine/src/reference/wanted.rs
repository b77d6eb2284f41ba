//! Which existing resources a rule asks for.

use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Map, Value};

use super::matching::fits_labels;
use crate::doc::LabelSelector;

/// Resources that a rule changes or copies, its variables filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`, or `kind/subresource`.
    pub kind: String,
    /// A wildcard; empty for all.
    pub namespace: String,
    /// A wildcard; empty for all.
    pub name: String,
    /// On the labels.
    pub selector: Option<LabelSelector>,
}

impl Wanted {
    /// Is this resource one of them?
    pub fn fits(&self, resource: Value<'_>) -> bool {
        let metadata = resource.get("metadata").unwrap_or_default();
        let named = |pattern: &str, key: &str| {
            pattern.is_empty() || wildcard::matches(pattern, metadata.text(key))
        };
        let kind = self.kind.split('/').next().unwrap_or_default();
        let labels = metadata
            .get("labels")
            .and_then(Value::as_map)
            .unwrap_or(Map::EMPTY);
        wildcard::matches(&self.api_version, resource.text("apiVersion"))
            && wildcard::matches(kind, resource.text("kind"))
            && named(&self.namespace, "namespace")
            && named(&self.name, "name")
            && self
                .selector
                .as_ref()
                .is_none_or(|selector| fits_labels(selector, labels))
    }
}
