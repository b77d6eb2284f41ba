//! `format.byte()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BYTE: Function = Function {
    name: "format.byte",
    about: "Base64.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("byte")))],
    examples: &[
        gives("format.byte().validate('aGk=').hasValue()", "false"),
        gives("format.byte().validate('a').value()", r#"["invalid base64"]"#),
        fails(
            "format.byte('x')",
            "found no matching overload for 'format.byte' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
