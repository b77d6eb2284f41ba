//! `response.WithMessage(text)`

use super::message::{RESPONSE, message, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};
use crate::cel::val::Val;

pub(super) static WITH_MESSAGE: Function = Function {
    name: "WithMessage",
    about: "The response with a text that says why.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[RESPONSE, Ty::String], RESPONSE, say),
    ],
    examples: &[
        gives("envoy.Denied(403).Response().WithMessage('why').status.message", "why"),
    ],
    ..Function::PLAIN
};

fn say<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let status = match call.arg(0) {
        Val::Struct(made) => made.field("status"),
        _ => None,
    };
    let code = match status {
        Some(Val::Struct(status)) => status.field("code"),
        _ => None,
    };
    let fields = [("code", code.unwrap_or(Val::Int(0))), ("message", call.arg(1))];
    with(call, "status", message(call, "google.rpc.Status", &fields))
}
