//! `answer.Response()`

use super::message::{DENIED, OK, RESPONSE, RESPONSE_NAME, message};
use crate::cel::library::{Call, Function, Library, Overload, fails, gives};
use crate::cel::val::Val;

pub(super) static ENVOY_RESPONSE: Function = Function {
    name: "Response",
    about: "What a check of a policy in the mode `Envoy` yields.",
    library: Library::Envoy,
    overloads: &[
        Overload::member(&[OK], RESPONSE, |call| Ok(respond(call, 0, "ok_response"))),
        Overload::member(&[DENIED], RESPONSE, |call| Ok(respond(call, PERMISSION_DENIED, "denied_response"))),
    ],
    examples: &[
        gives("envoy.Denied(403).Response().status.code", "7"),
        gives("envoy.Denied(403).Response().denied_response.status.code", "403"),
        fails("envoy.Header('a', 'b').Response()", "found no matching overload for 'Response' applied to 'envoy.config.core.v3.HeaderValueOption.()'"),
    ],
    ..Function::PLAIN
};

/// A code of gRPC.
const PERMISSION_DENIED: i64 = 7;

fn respond<'v>(call: &Call<'_, 'v>, code: i64, field: &'static str) -> Val<'v> {
    let status = message(call, "google.rpc.Status", &[("code", Val::Int(code))]);
    message(call, RESPONSE_NAME, &[("status", status), (field, call.arg(0))])
}
