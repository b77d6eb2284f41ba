//! `trim_prefix(text, start)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TRIM_PREFIX: Function = Function {
    name: "trim_prefix",
    about: "The text without its start, if that is what it starts with.",
    params: &[
        param("text", &[Type::String], "The text."),
        param("start", &[Type::String], "What to take away, once."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("trim_prefix('app-web', 'app-')", r#""web""#),
        gives("trim_prefix('web', 'app-')", r#""web""#),
        gives("trim_prefix('aab', 'a')", r#""ab""#),
        fails("trim_prefix(`1`, '1')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        let text = args.text(0);
        Ok(Value::Str(text.strip_prefix(args.text(1)).unwrap_or(text)))
    },
    ..Function::PLAIN
};
