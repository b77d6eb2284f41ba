//! `envoy.QueryParam(name, value)`

use super::message::{PARAMETER, parameter};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static ENVOY_QUERY_PARAM: Function = Function {
    name: "envoy.QueryParam",
    about: "A query parameter for an answer.",
    library: Library::Envoy,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], PARAMETER, |call| Ok(parameter(call, 0))),
    ],
    examples: &[
        gives("envoy.QueryParam('a', 'b').value", "b"),
    ],
    ..Function::PLAIN
};
