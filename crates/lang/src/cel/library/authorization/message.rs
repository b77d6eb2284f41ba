//! Messages that expressions put together: the types, and how a step adds to one.

use bumpalo::collections::Vec as BumpVec;

use crate::cel::library::{Call, Outcome, Ty};
use crate::cel::types::Type;
use crate::cel::val::{Fault, Struct, Val};

pub(super) const OK_NAME: &str = "envoy.service.auth.v3.OkHttpResponse";
pub(super) const OK: Ty = Ty::Struct(OK_NAME);
pub(super) const DENIED_NAME: &str = "envoy.service.auth.v3.DeniedHttpResponse";
pub(super) const DENIED: Ty = Ty::Struct(DENIED_NAME);
pub(super) const RESPONSE_NAME: &str = "envoy.service.auth.v3.CheckResponse";
pub(super) const RESPONSE: Ty = Ty::Struct(RESPONSE_NAME);
const HEADER_NAME: &str = "envoy.config.core.v3.HeaderValueOption";
pub(super) const HEADER: Ty = Ty::Struct(HEADER_NAME);
const PARAMETER_NAME: &str = "envoy.config.core.v3.QueryParameter";
pub(super) const PARAMETER: Ty = Ty::Struct(PARAMETER_NAME);
pub(super) const HTTP_OK_NAME: &str = "http.OkResponse";
pub(super) const HTTP_OK: Ty = Ty::Struct(HTTP_OK_NAME);
pub(super) const HTTP_DENIED_NAME: &str = "http.DeniedResponse";
pub(super) const HTTP_DENIED_TY: Ty = Ty::Struct(HTTP_DENIED_NAME);
pub(super) const HTTP_ANSWER_NAME: &str = "http.CheckResponse";
pub(super) const HTTP_ANSWER: Ty = Ty::Struct(HTTP_ANSWER_NAME);
pub(super) const TOKEN_NAME: &str = "jwt.Token";
pub(super) const TOKEN: Ty = Ty::Struct(TOKEN_NAME);
pub(super) const KEYS_NAME: &str = "jwks.Set";
pub(super) const KEYS: Ty = Ty::Struct(KEYS_NAME);

/// The type of a field of a message.
pub(in crate::cel::library) fn field(ty: &str, field: &str) -> Option<Type> {
    Some(match (ty, field) {
        (TOKEN_NAME, "Valid") | (HEADER_NAME, "keep_empty_value") => Type::Bool,
        (TOKEN_NAME, "Header" | "Claims") => Type::map_of(Type::String, Type::Dyn),
        (DENIED_NAME, "body")
        | (PARAMETER_NAME, "key" | "value")
        | (HTTP_DENIED_NAME, "reason") => Type::String,
        (RESPONSE_NAME, "status" | "ok_response" | "denied_response" | "dynamic_metadata")
        | (DENIED_NAME, "status" | "headers")
        | (
            OK_NAME,
            "headers"
            | "headers_to_remove"
            | "response_headers_to_add"
            | "query_parameters_to_set"
            | "query_parameters_to_remove",
        )
        | (HEADER_NAME, "header")
        | (HTTP_ANSWER_NAME, "ok" | "denied") => Type::Dyn,
        _ => return None,
    })
}

/// A message with these fields.
pub(super) fn message<'v>(
    call: &Call<'_, 'v>,
    type_name: &'static str,
    fields: &[(&'static str, Val<'v>)],
) -> Val<'v> {
    let fields = call.bump.alloc_slice_fill_iter(fields.iter().copied());
    Val::Struct(call.bump.alloc(Struct { type_name, fields }))
}

/// The message at 0 with another value in a field.
pub(super) fn with<'v>(call: &Call<'_, 'v>, field: &'static str, value: Val<'v>) -> Outcome<'v> {
    let Val::Struct(made) = call.arg(0) else {
        return Err(Fault::NO_OVERLOAD);
    };
    let mut fields: BumpVec<'v, (&'v str, Val<'v>)> = BumpVec::new_in(call.bump);
    fields.extend(made.fields.iter().filter(|(name, _)| *name != field));
    fields.push((field, value));
    Ok(Val::Struct(call.bump.alloc(Struct {
        type_name: made.type_name,
        fields: fields.into_bump_slice(),
    })))
}

/// The message at 0 with one more item in a list.
pub(super) fn adding<'v>(call: &Call<'_, 'v>, field: &'static str, item: Val<'v>) -> Outcome<'v> {
    let so_far = match call.arg(0) {
        Val::Struct(made) => made.field(field).and_then(Val::as_list),
        _ => None,
    };
    let items = so_far.into_iter().flat_map(|list| list.iter());
    with(call, field, call.list(items.chain([item])))
}

/// A header of the name at `index` and the value behind it.
pub(super) fn header<'v>(call: &Call<'_, 'v>, index: usize) -> Val<'v> {
    let header = pair(call, "envoy.config.core.v3.HeaderValue", index);
    message(call, HEADER_NAME, &[("header", header)])
}

/// The header at 1, whole or as name and value.
pub(super) fn header_argument<'v>(call: &Call<'_, 'v>) -> Val<'v> {
    match call.arg(1) {
        Val::Str(_) => header(call, 1),
        made => made,
    }
}

/// A query parameter of the name at `index` and the value behind it.
pub(super) fn parameter<'v>(call: &Call<'_, 'v>, index: usize) -> Val<'v> {
    pair(call, PARAMETER_NAME, index)
}

fn pair<'v>(call: &Call<'_, 'v>, type_name: &'static str, index: usize) -> Val<'v> {
    let fields = [("key", call.arg(index)), ("value", call.arg(index + 1))];
    message(call, type_name, &fields)
}
