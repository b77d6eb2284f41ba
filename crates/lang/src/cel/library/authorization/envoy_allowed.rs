//! `envoy.Allowed()`

use super::message::{OK, OK_NAME, message};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, fails, gives};

pub(super) static ENVOY_ALLOWED: Function = Function {
    name: "envoy.Allowed",
    about: "An answer that lets the request pass; headers and query parameters can be added.",
    library: Library::Envoy,
    overloads: &[
        Overload::global(&[], OK, allowed),
    ],
    examples: &[
        gives("envoy.Allowed().Response().status.code", "0"),
        fails("envoy.Allowed(200)", "found no matching overload for 'envoy.Allowed' applied to '(int)'"),
    ],
    ..Function::PLAIN
};

fn allowed<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(message(call, OK_NAME, &[]))
}
