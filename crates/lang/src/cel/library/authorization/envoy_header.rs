//! `envoy.Header(name, value)`

use super::message::{HEADER, header};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static ENVOY_HEADER: Function = Function {
    name: "envoy.Header",
    about: "A header for an answer.",
    library: Library::Envoy,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], HEADER, |call| Ok(header(call, 0))),
    ],
    examples: &[
        gives("envoy.Header('a', 'b').header.value", "b"),
    ],
    ..Function::PLAIN
};
