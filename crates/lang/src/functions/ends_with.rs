//! `ends_with(text, end)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static ENDS_WITH: Function = Function {
    name: "ends_with",
    about: "Whether the text ends with another.",
    params: &[
        param("text", &[Type::String], "The text to look at."),
        param("end", &[Type::String], "What it should end with. Every text ends with ''."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("ends_with('nginx:latest', ':latest')", "true"),
        gives("ends_with('nginx:1.27', ':latest')", "false"),
        gives("ends_with('nginx', '')", "true"),
        fails("ends_with(`1`, '1')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| Ok(Value::Bool(args.text(0).ends_with(args.text(1)))),
    ..Function::PLAIN
};
