//! `format.uuid()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static UUID: Function = Function {
    name: "format.uuid",
    about: "A UUID.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("uuid")))],
    examples: &[
        gives("format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", "false"),
        gives("format.uuid().validate('123').value()", r#"["does not match the UUID format"]"#),
        fails(
            "format.uuid('x')",
            "found no matching overload for 'format.uuid' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
