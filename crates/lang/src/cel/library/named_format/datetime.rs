//! `format.datetime()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DATETIME: Function = Function {
    name: "format.datetime",
    about: "Date and time such as `2024-02-29T12:00:00Z`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("datetime")))],
    examples: &[
        gives("format.datetime().validate('2024-02-29T12:00:00Z').hasValue()", "false"),
        gives("format.datetime().validate('2024-02-29').value()", r#"["invalid datetime"]"#),
        fails(
            "format.datetime('x')",
            "found no matching overload for 'format.datetime' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
