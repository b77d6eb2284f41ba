//! `namespaceObject`.

use portcullis_lang::cel::val::Val;
use portcullis_lang::value::{Value, object};

use super::outside::get;
use crate::context::Setting;
use crate::facts::{FactKind, Fault, object_path};
use crate::review::Review;

/// [`value`] for Kyverno's own policies, for which a Namespace that nobody knows is null.
///
/// # Errors
///
/// As [`value`].
pub(super) fn stated<'v>(review: &Review<'v>, setting: &Setting<'v>) -> Result<Val<'v>, Fault> {
    let known = review.namespace_object.is_some()
        || review.namespace_labels.is_some()
        || setting.facts.offers(FactKind::Kubernetes);
    match known {
        true => value(review, setting),
        false => Ok(Val::Null),
    }
}

/// The Namespace of the review's object: as it was stated, as the cluster has it, or made of its
/// name and what labels are known. Null for an object without one.
///
/// # Errors
///
/// The Namespace as a missing fact.
pub(super) fn value<'v>(review: &Review<'v>, setting: &Setting<'v>) -> Result<Val<'v>, Fault> {
    let name = review.namespace;
    if name.is_empty() || review.kind.kind == "Namespace" {
        return Ok(Val::Null);
    }
    if let Some(stated) = review.namespace_object {
        return Ok(Val::from(stated));
    }
    if setting.facts.offers(FactKind::Kubernetes) {
        let fact = get(object_path("v1", "namespaces", "", name));
        match setting.facts.get(&fact) {
            Some(Ok(document)) => return Ok(Val::from(document.root())),
            Some(Err(_)) => {}
            None => return Err(Fault::Missing(fact)),
        }
    }
    let bump = setting.bump;
    let labels = review
        .namespace_labels
        .map(|labels| ("labels", Value::Map(labels)));
    let metadata = object(bump, [("name", Value::Str(name))].into_iter().chain(labels));
    Ok(Val::from(object(bump, [("metadata", metadata)])))
}
