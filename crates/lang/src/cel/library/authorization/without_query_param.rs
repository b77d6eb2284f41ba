//! `allowed.WithoutQueryParam(name)`

use super::message::{OK, adding};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static WITHOUT_QUERY_PARAM: Function = Function {
    name: "WithoutQueryParam",
    about: "The answer with a query parameter to take from the request.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK, Ty::String], OK, |call| adding(call, "query_parameters_to_remove", call.arg(1))),
    ],
    examples: &[
        gives("envoy.Allowed().WithoutQueryParam('a').query_parameters_to_remove[0]", "a"),
    ],
    ..Function::PLAIN
};
