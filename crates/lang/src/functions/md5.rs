//! `md5(text)`

use super::digest::digest;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static MD5: Function = Function {
    name: "md5",
    about: "The MD5 checksum of a text, in 32 hexadecimal digits.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    note: "For comparing with what exists; it protects nothing.",
    examples: &[
        gives("md5('abc')", r#""900150983cd24fb0d6963f7d28e17f72""#),
        gives("md5('')", r#""d41d8cd98f00b204e9800998ecf8427e""#),
        gives("length(md5('é'))", "32"),
        fails("md5(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: digest::<md5::Md5>,
    ..Function::PLAIN
};
