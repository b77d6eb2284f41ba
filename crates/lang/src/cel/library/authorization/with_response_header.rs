//! `allowed.WithResponseHeader(header)`

use super::message::{HEADER, OK, adding, header_argument};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};

pub(super) static WITH_RESPONSE_HEADER: Function = Function {
    name: "WithResponseHeader",
    about: "The answer with one more header for the response of the server behind.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK, HEADER], OK, add),
        Overload::member(&[OK, Ty::String, Ty::String], OK, add),
    ],
    examples: &[
        gives("envoy.Allowed().WithResponseHeader('a', 'b').response_headers_to_add[0].header.value", "b"),
    ],
    ..Function::PLAIN
};

fn add<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    adding(call, "response_headers_to_add", header_argument(call))
}
