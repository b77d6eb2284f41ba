//! `allowed.WithQueryParam(parameter)`

use super::message::{OK, PARAMETER, adding, parameter};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};
use crate::cel::val::Val;

pub(super) static WITH_QUERY_PARAM: Function = Function {
    name: "WithQueryParam",
    about: "The answer with one more query parameter for the request.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK, PARAMETER], OK, add),
        Overload::member(&[OK, Ty::String, Ty::String], OK, add),
    ],
    examples: &[
        gives("envoy.Allowed().WithQueryParam('a', 'b').query_parameters_to_set[0].value", "b"),
        gives("envoy.Allowed().WithQueryParam(envoy.QueryParam('a', 'b')).query_parameters_to_set[0].key", "a"),
    ],
    ..Function::PLAIN
};

fn add<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let item = match call.arg(1) {
        Val::Str(_) => parameter(call, 1),
        made => made,
    };
    adding(call, "query_parameters_to_set", item)
}
