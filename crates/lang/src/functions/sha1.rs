//! `sha1(text)`

use super::digest::digest;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static SHA1: Function = Function {
    name: "sha1",
    about: "The SHA-1 checksum of a text, in 40 hexadecimal digits.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    note: "For comparing with what exists; it protects nothing.",
    examples: &[
        gives("sha1('abc')", r#""a9993e364706816aba3e25717850c26c9cd0d89d""#),
        gives("sha1('')", r#""da39a3ee5e6b4b0d3255bfef95601890afd80709""#),
        gives("length(sha1('é'))", "40"),
        fails("sha1(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: digest::<sha1::Sha1>,
    ..Function::PLAIN
};
