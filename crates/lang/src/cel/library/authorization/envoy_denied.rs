//! `envoy.Denied(code)`

use super::message::{DENIED, DENIED_NAME, message};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static ENVOY_DENIED: Function = Function {
    name: "envoy.Denied",
    about: "An answer that stops the request with an HTTP status; headers and a body can be added.",
    library: Library::Envoy,
    overloads: &[
        Overload::global(&[Ty::Int], DENIED, denied),
    ],
    examples: &[
        gives("envoy.Denied(401).status.code", "401"),
        fails("envoy.Denied('401')", "found no matching overload for 'envoy.Denied' applied to '(string)'"),
    ],
    ..Function::PLAIN
};

fn denied<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let status = message(call, "envoy.type.v3.HttpStatus", &[("code", call.arg(0))]);
    Ok(message(call, DENIED_NAME, &[("status", status)]))
}
