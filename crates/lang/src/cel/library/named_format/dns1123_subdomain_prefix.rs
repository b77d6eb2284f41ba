//! `format.dns1123SubdomainPrefix()`

use super::form::{format, overload};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static DNS1123_SUBDOMAIN_PREFIX: Function = Function {
    name: "format.dns1123SubdomainPrefix",
    about: "The beginning of such a name, as in `generateName`.",
    library: Library::Format,
    overloads: &[overload(|_| Ok(format("dns1123SubdomainPrefix")))],
    examples: &[
        gives("format.dns1123SubdomainPrefix().validate('a.b-').hasValue()", "false"),
        gives("format.dns1123SubdomainPrefix().validate('a_b-').hasValue()", "true"),
        fails(
            "format.dns1123SubdomainPrefix('x')",
            "found no matching overload for 'format.dns1123SubdomainPrefix' applied to '(string)'",
        ),
    ],
    ..Function::PLAIN
};
