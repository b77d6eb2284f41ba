//! `base64_encode(text)`

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static BASE64_ENCODE: Function = Function {
    name: "base64_encode",
    about: "The text in base64: the usual alphabet, with padding.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    examples: &[
        gives("base64_encode('abc')", r#""YWJj""#),
        gives("base64_encode('a')", r#""YQ==""#),
        gives("base64_encode('é')", r#""w6k=""#),
        gives("base64_encode('')", r#""""#),
        fails("base64_encode(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        args.env.spend_bytes(args.text(0).len())?;
        args.made(&STANDARD.encode(args.text(0)))
    },
    ..Function::PLAIN
};
