//! `response.WithMetadata(map)`

use super::message::{RESPONSE, with};
use crate::cel::library::{Function, Library, Overload, Ty, gives};

pub(super) static WITH_METADATA: Function = Function {
    name: "WithMetadata",
    about: "The response with metadata that filters behind can read.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[RESPONSE, Ty::Map(&Ty::String, &Ty::Dyn)], RESPONSE, |call| with(call, "dynamic_metadata", call.arg(1))),
    ],
    examples: &[
        gives("envoy.Allowed().Response().WithMetadata({'a': 'b'}).dynamic_metadata.a", "b"),
    ],
    ..Function::PLAIN
};
