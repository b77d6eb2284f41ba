//! `answer.WithHeader(header)`

use super::message::{DENIED, HEADER, OK, adding, header_argument};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};

pub(super) static WITH_HEADER: Function = Function {
    name: "WithHeader",
    about: "The answer with one more header: of the request where it passes, of the response where it does not.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK, HEADER], OK, add),
        Overload::member(&[OK, Ty::String, Ty::String], OK, add),
        Overload::member(&[DENIED, HEADER], DENIED, add),
        Overload::member(&[DENIED, Ty::String, Ty::String], DENIED, add),
    ],
    examples: &[
        gives("envoy.Denied(403).WithHeader('a', 'b').headers[0].header.key", "a"),
        gives("envoy.Allowed().WithHeader(envoy.Header('a', 'b')).WithHeader('c', 'd').headers[1].header.key", "c"),
    ],
    ..Function::PLAIN
};

fn add<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    adding(call, "headers", header_argument(call))
}
