//! `http.Denied(reason)`

use super::message::{HTTP_DENIED_NAME, HTTP_DENIED_TY, message};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static HTTP_DENIED: Function = Function {
    name: "http.Denied",
    about: "An answer that stops the request, and says why.",
    library: Library::HttpAuthorization,
    overloads: &[
        Overload::global(&[Ty::String], HTTP_DENIED_TY, denied),
    ],
    examples: &[
        gives("http.Denied('no').reason", "no"),
        fails("http.Denied(403)", "found no matching overload for 'http.Denied' applied to '(int)'"),
    ],
    ..Function::PLAIN
};

fn denied<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(message(call, HTTP_DENIED_NAME, &[("reason", call.arg(0))]))
}
