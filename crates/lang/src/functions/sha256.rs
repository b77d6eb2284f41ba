//! `sha256(text)`

use super::digest::digest;
use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static SHA256: Function = Function {
    name: "sha256",
    about: "The SHA-256 checksum of a text, in 64 hexadecimal digits.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    examples: &[
        gives("truncate(sha256('abc'), `8`)", r#""ba7816bf""#),
        gives("truncate(sha256(''), `8`)", r#""e3b0c442""#),
        gives("length(sha256('é'))", "64"),
        fails("sha256(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: digest::<sha2::Sha256>,
    ..Function::PLAIN
};
