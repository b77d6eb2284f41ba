//! `format.uri()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static URI: Function = Function {
    name: "format.uri",
    about: "A URL.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("uri")))],
    examples: &[
        gives("format.uri().validate('https://example.com').hasValue()", "false"),
        gives("format.uri().validate('relative').value()", r#"["parse \"relative\": invalid URI for request"]"#),
        fails(
            "format.uri('x')",
            "found no matching overload for 'format.uri' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
