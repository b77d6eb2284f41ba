//! `format.dns1123Subdomain()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1123_SUBDOMAIN: Function = Function {
    name: "format.dns1123Subdomain",
    about: "A name with dots: at most 253 small letters, digits, `-` and `.`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1123Subdomain")))],
    examples: &[
        gives("format.dns1123Subdomain().validate('a.b').hasValue()", "false"),
        gives("format.dns1123Subdomain().validate('a_b').hasValue()", "true"),
        fails(
            "format.dns1123Subdomain('x')",
            "found no matching overload for 'format.dns1123Subdomain' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
