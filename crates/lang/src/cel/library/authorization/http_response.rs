//! `answer.Response()`

use super::message::{HTTP_ANSWER, HTTP_ANSWER_NAME, HTTP_DENIED_TY, HTTP_OK, message};
use crate::cel::library::{Call, Function, Library, Overload, gives};
use crate::cel::val::Val;

pub(super) static HTTP_RESPONSE: Function = Function {
    name: "Response",
    about: "What a check of a policy in the mode `HTTP` yields.",
    library: Library::HttpAuthorization,
    overloads: &[
        Overload::member(&[HTTP_OK], HTTP_ANSWER, |call| Ok(respond(call, "ok"))),
        Overload::member(&[HTTP_DENIED_TY], HTTP_ANSWER, |call| Ok(respond(call, "denied"))),
    ],
    examples: &[
        gives("http.Denied('no').Response().denied.reason", "no"),
    ],
    ..Function::PLAIN
};

fn respond<'v>(call: &Call<'_, 'v>, field: &'static str) -> Val<'v> {
    message(call, HTTP_ANSWER_NAME, &[(field, call.arg(0))])
}
