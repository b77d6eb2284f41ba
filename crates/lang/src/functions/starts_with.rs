//! `starts_with(text, start)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static STARTS_WITH: Function = Function {
    name: "starts_with",
    about: "Whether the text starts with another.",
    params: &[
        param("text", &[Type::String], "The text to look at."),
        param("start", &[Type::String], "What it should start with. Every text starts with ''."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("starts_with('kube-system', 'kube-')", "true"),
        gives("starts_with('default', 'kube-')", "false"),
        gives("starts_with('default', '')", "true"),
        fails("starts_with(`1`, '1')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| Ok(Value::Bool(args.text(0).starts_with(args.text(1)))),
    ..Function::PLAIN
};
