//! `to_string(value)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{JsonStyle, Value, write_json};

pub(super) static TO_STRING: Function = Function {
    name: "to_string",
    about: "A text as it is; anything else as JSON, keys in alphabetical order.",
    params: &[param("value", &[Type::Any], "Any value.")],
    returns: &[Type::String],
    note: "Within lists and maps `<`, `>` and `&` are written as `\\u003c`, `\\u003e` and `\\u0026`.",
    examples: &[
        gives("to_string(`1.0`)", r#""1""#),
        gives("to_string('a')", r#""a""#),
        gives("to_string(`{\"b\": [1, null], \"a\": true}`)", r#""{\"a\":true,\"b\":[1,null]}""#),
        gives("to_string(`[\"<\"]`)", r#""[\"\\u003c\"]""#),
        fails("to_string(`1`, `2`)", "incorrect number of args"),
    ],
    call: |args| {
        if let text @ Value::Str(_) = args.value(0) {
            return Ok(text);
        }
        args.env.spend_walk(args.value(0))?;
        let style = JsonStyle {
            escape_html: true,
            ..JsonStyle::default()
        };
        let mut json = String::new();
        write_json(&mut json, args.value(0), style);
        args.made(&json)
    },
    ..Function::PLAIN
};
