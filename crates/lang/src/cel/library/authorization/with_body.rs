//! `denied.WithBody(text)`

use super::message::{DENIED, with};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static WITH_BODY: Function = Function {
    name: "WithBody",
    about: "The answer with a body.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[DENIED, Ty::String], DENIED, |call| with(call, "body", call.arg(1))),
    ],
    examples: &[
        gives("envoy.Denied(403).WithBody('no').body", "no"),
    ],
    ..Function::PLAIN
};
