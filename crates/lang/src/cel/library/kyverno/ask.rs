//! Asking what only the outside knows.

use bumpalo::collections::Vec as BumpVec;

use crate::cel::library::{Answer, Call, Object, Outcome, Question, Ty};
use crate::cel::val::{Fault, Opaque, Val};
use crate::value::Value;

/// The library objects that functions are called on.
pub(super) const RESOURCE: Ty = Ty::Opaque("resource.Context");
pub(super) const HTTP: Ty = Ty::Opaque("http.Context");
pub(super) const TEXTS: Ty = Ty::Map(&Ty::String, &Ty::String);
/// An object of the cluster.
pub(super) const OBJECT: Ty = Ty::Map(&Ty::String, &Ty::Dyn);
/// What `resource.toGVR` yields.
pub(super) const GVR: Ty = Ty::Opaque("resource.GVR");

/// The answer as a value. A failure is an error whose text begins with `doing`.
pub(super) fn ask<'v>(call: &Call<'_, 'v>, question: &Question<'_>, doing: &str) -> Outcome<'v> {
    match call.outside.ask(question, call.bump) {
        Answer::Value(value) => Ok(Val::from(value)),
        Answer::Failed(error) => Err(call.error(format_args!("{doing}{error}"))),
        Answer::Missing => Err(Fault::Missing),
    }
}

/// The version and resource at 1 and 2, or the type that is at 1; and how many arguments that is.
pub(super) fn resource_type<'v>(
    call: &Call<'_, 'v>,
) -> Result<(&'v str, &'v str, usize), Fault<'v>> {
    match call.arg(1) {
        Val::Opaque(Opaque::Resource(ty)) if ty.group.is_empty() => {
            Ok((ty.version, ty.resource, 1))
        }
        Val::Opaque(Opaque::Resource(ty)) => {
            let version = bumpalo::format!(in call.bump, "{}/{}", ty.group, ty.version);
            Ok((version.into_bump_str(), ty.resource, 1))
        }
        _ => Ok((call.str(1)?, call.str(2)?, 2)),
    }
}

/// The objects that the arguments name: type, then namespace unless the policy has one of its
/// own, then name if one is meant.
pub(super) fn objects<'v>(
    call: &Call<'_, 'v>,
    namespaced: bool,
    named: bool,
) -> Result<(Object<'v>, usize), Fault<'v>> {
    let (api_version, resource, taken) = resource_type(call)?;
    let mut next = taken + 1;
    let mut text = |wanted: bool| -> Result<Option<&'v str>, Fault<'v>> {
        if !wanted {
            return Ok(None);
        }
        next += 1;
        call.str(next - 1).map(Some)
    };
    let namespace = text(!namespaced)?;
    let name = text(named)?.unwrap_or_default();
    let object = Object {
        api_version,
        resource,
        namespace,
        name,
    };
    Ok((object, next))
}

/// The map of texts at `index`; none if there is no such argument.
pub(super) fn texts<'v>(
    call: &Call<'_, 'v>,
    index: usize,
) -> Result<BumpVec<'v, (&'v str, &'v str)>, Fault<'v>> {
    let mut texts = BumpVec::new_in(call.bump);
    if let Some(map) = call.args.get(index) {
        for (key, value) in map.as_map().ok_or(Fault::NO_OVERLOAD)?.iter() {
            match (key, value) {
                (Val::Str(key), Val::Str(value)) => texts.push((key, value)),
                _ => return Err(Fault::NO_OVERLOAD),
            }
        }
    }
    Ok(texts)
}

/// The value at `index` as JSON.
pub(super) fn json<'v>(call: &Call<'_, 'v>, index: usize) -> Result<Value<'v>, Fault<'v>> {
    call.arg(index).to_json(call.bump)
}
