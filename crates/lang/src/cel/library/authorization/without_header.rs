//! `allowed.WithoutHeader(name)`

use super::message::{OK, adding};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static WITHOUT_HEADER: Function = Function {
    name: "WithoutHeader",
    about: "The answer with a header to take from the request.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK, Ty::String], OK, |call| adding(call, "headers_to_remove", call.arg(1))),
    ],
    examples: &[
        gives("envoy.Allowed().WithoutHeader('a').headers_to_remove[0]", "a"),
    ],
    ..Function::PLAIN
};
