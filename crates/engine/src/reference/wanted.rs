//! Which existing resources a rule asks for, and what there is of them.

use portcullis_lang::scalar::wildcard;
use portcullis_lang::value::{Map, Value};

use super::matching::fits_labels;
use crate::doc::LabelSelector;
use crate::review::ResourceKind;

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

/// A resource that exists, or the part of one that a subresource shows.
#[derive(Clone, Copy, Debug)]
pub struct Existent<'v> {
    /// As its own API shows it: a `Scale` for `Deployment/scale`.
    pub object: Value<'v>,
    /// Of a subresource that was read by its own API.
    pub part: Option<Part<'v>>,
}

/// Which part of which resource.
#[derive(Clone, Copy, Debug)]
pub struct Part<'v> {
    /// The whole resource; its kind and its metadata suffice.
    pub owner: Value<'v>,
    /// `scale`, `status`, ...
    pub subresource: &'v str,
}

impl<'v> Existent<'v> {
    /// A whole resource.
    pub fn whole(object: Value<'v>) -> Existent<'v> {
        Existent { object, part: None }
    }

    /// The whole resource, or what is known of it.
    pub fn owner(&self) -> Value<'v> {
        self.part.map_or(self.object, |part| part.owner)
    }

    /// What policies match: the resource's kind, and which subresource.
    pub fn kind(&self) -> ResourceKind<'v> {
        ResourceKind {
            subresource: self.part.map_or("", |part| part.subresource),
            ..ResourceKind::of(self.owner())
        }
    }
}

impl Wanted {
    /// Is this one of them? Of a subresource whoever listed it knows the kind: it may be asked for by its
    /// own (`Scale`) or by its resource's (`Deployment/scale`).
    pub fn wants(&self, existent: &Existent<'_>) -> bool {
        match existent.part {
            None => self.fits(existent.object),
            Some(part) => self.chooses(part.owner),
        }
    }

    /// Is this resource one of them?
    pub fn fits(&self, resource: Value<'_>) -> bool {
        let kind = self.kind.split('/').next().unwrap_or_default();
        wildcard::matches(&self.api_version, resource.text("apiVersion"))
            && wildcard::matches(kind, resource.text("kind"))
            && self.chooses(resource)
    }

    /// Is it one of them by all but its kind?
    pub fn chooses(&self, resource: Value<'_>) -> bool {
        let metadata = resource.get("metadata").unwrap_or_default();
        let named = |pattern: &str, key: &str| {
            pattern.is_empty() || wildcard::matches(pattern, metadata.text(key))
        };
        let labels = metadata
            .get("labels")
            .and_then(Value::as_map)
            .unwrap_or(Map::EMPTY);
        named(&self.namespace, "namespace")
            && named(&self.name, "name")
            && self
                .selector
                .as_ref()
                .is_none_or(|selector| fits_labels(selector, labels))
    }
}
