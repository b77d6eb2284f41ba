//! `http.Allowed()`

use super::message::{HTTP_OK, HTTP_OK_NAME, message};
use crate::cel::library::{Function, Library, Overload, gives};

pub(super) static HTTP_ALLOWED: Function = Function {
    name: "http.Allowed",
    about: "An answer that lets the request pass.",
    library: Library::HttpAuthorization,
    overloads: &[
        Overload::global(&[], HTTP_OK, |call| Ok(message(call, HTTP_OK_NAME, &[]))),
    ],
    examples: &[
        gives("has(http.Allowed().Response().denied)", "false"),
    ],
    ..Function::PLAIN
};
