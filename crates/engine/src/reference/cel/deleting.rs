//! A DeletingPolicy on an object: would it be deleted?

use std::sync::Arc;

use portcullis_lang::cel::val::Val;

use super::exceptions::{self, Applying};
use super::kyverno::{conditions, scope};
use super::namespace;
use crate::context::Setting;
use crate::doc::cel::{CelException, Place};
use crate::doc::{DeletingCel, DeletingPolicy};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// Pass where the object would be deleted, fail where it would be kept.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the policy or the object is an outcome.
pub(in crate::reference) fn deletion<'v>(
    policy: &'v DeletingPolicy,
    cel: &'v DeletingCel,
    review: &Review<'v>,
    exceptions: &'v [Arc<CelException>],
    setting: &Setting<'v>,
) -> Result<RuleOutcome, Fault> {
    let id = &policy.id;
    let said =
        |status, message: String| RuleOutcome::new(&id.name, RuleType::Deletion, status, message);
    let object = Val::from(review.resource());
    // A Namespace is its own.
    let namespace = match (review.kind.kind, review.kind.group) {
        ("Namespace", "") => object,
        _ => namespace::stated(review, setting)?,
    };
    // There is no request: nothing else has a value.
    let values = [(Place::Object, object), (Place::Namespace, namespace)];
    let make = |_: &Applying<'v>| {
        let none = Applying::default();
        scope(id, &values, &none, &cel.variables, setting)
    };
    let excused = match exceptions::applying(id, exceptions, &make, review, setting)? {
        Ok(applying) => !applying.is_empty(),
        Err(text) => return Ok(said(Status::Error, text)),
    };
    let deletes = match excused {
        true => Ok(false),
        false => conditions(&cel.conditions, make(&Applying::default()))?,
    };
    Ok(match deletes {
        Ok(true) => said(Status::Pass, "resource matched".to_owned()),
        Ok(false) => said(Status::Fail, "resource did not match".to_owned()),
        Err(text) => said(Status::Error, text),
    })
}
