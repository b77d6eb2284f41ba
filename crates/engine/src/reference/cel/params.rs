//! `params`: the objects that a policy is parameterized with, as the cluster has them.

use portcullis_lang::cel::val::Val;
use portcullis_lang::value::{Value, list, object};

use super::outside::get;
use crate::context::Setting;
use crate::doc::LabelSelector;
use crate::doc::cel::{ParamKind, ParamRef};
use crate::facts::{FactKind, Fault, object_path};
use crate::reference::constraints::selects;
use crate::review::{Review, plural};

/// The object that a reference names, or a list of those that its selector chooses; null where there
/// is none and that is allowed. The inner error is for the user.
///
/// # Errors
///
/// The objects as a missing fact.
pub(in crate::reference) fn params<'v>(
    kind: Option<&ParamKind>,
    reference: &ParamRef,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Result<Val<'v>, String>, Fault> {
    let Some(kind) = kind else {
        return Ok(Ok(Val::Null));
    };
    if !setting.facts.offers(FactKind::Kubernetes) {
        // Without a cluster the reference knows of no namespaced kind.
        return Ok(Err(match reference.namespace.as_str() {
            "" => format!(
                "{} `{}` is not available offline",
                kind.kind, reference.name
            ),
            _ => "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
                .to_owned(),
        }));
    }
    let fact = get(path(kind, reference, review, setting));
    let found = match setting.facts.get(&fact) {
        Some(Ok(document)) => Ok(document.root()),
        Some(Err(text)) => Err(text),
        None => return Err(Fault::Missing(fact)),
    };
    let found = match (&reference.selector, found) {
        (Some(selector), Ok(all)) if reference.name.is_empty() => chosen(
            selector,
            all.get("items")
                .and_then(Value::as_list)
                .into_iter()
                .flatten(),
            setting,
        ),
        (_, found) => found,
    };
    Ok(match found {
        Ok(found) => Ok(Val::from(found)),
        Err(text) if reference.required => Err(text),
        Err(_) => Ok(Val::Null),
    })
}

/// The objects among `all` that the selector chooses, as one list.
///
/// # Errors
///
/// Where there is none: the API server's words.
pub(in crate::reference) fn chosen<'v>(
    selector: &LabelSelector,
    all: impl Iterator<Item = Value<'v>>,
    setting: &Setting<'v>,
) -> Result<Value<'v>, String> {
    let chosen: Vec<_> = all.filter(|object| selects(selector, *object)).collect();
    if chosen.is_empty() {
        return Err(NONE.to_owned());
    }
    let bump = setting.bump;
    let items = ("items", list(bump, chosen));
    let fields = [
        ("apiVersion", Value::Str("v1")),
        ("kind", Value::Str("List")),
        items,
    ];
    Ok(object(bump, fields))
}

const NONE: &str = "no params found for policy binding with `Deny` parameterNotFoundAction";

fn path(
    kind: &ParamKind,
    reference: &ParamRef,
    review: &Review<'_>,
    setting: &Setting<'_>,
) -> String {
    let namespace = match reference.namespace.as_str() {
        "" => review.namespace,
        namespace => namespace,
    };
    let resource = plural(&kind.kind, setting.bump);
    object_path(&kind.api_version, resource, namespace, &reference.name)
}
