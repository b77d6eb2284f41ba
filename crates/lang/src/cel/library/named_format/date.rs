//! `format.date()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DATE: Function = Function {
    name: "format.date",
    about: "A date such as `2024-02-29`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("date")))],
    examples: &[
        gives("format.date().validate('2024-02-29').hasValue()", "false"),
        gives("format.date().validate('2023-02-29').value()", r#"["invalid date"]"#),
        fails(
            "format.date('x')",
            "found no matching overload for 'format.date' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
