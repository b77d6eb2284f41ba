//! `length(value)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static LENGTH: Function = Function {
    name: "length",
    about: "How many characters a text has, how many items a list, how many entries a map.",
    params: &[param(
        "value",
        &[Type::String, Type::Array, Type::Object],
        "The text, list or map. Characters are Unicode code points.",
    )],
    returns: &[Type::Number],
    examples: &[
        gives("length('é')", "1"),
        gives("length(`[1, 2, 3]`)", "3"),
        gives("length(`{}`)", "0"),
        gives("length(items(`{\"a\": 1}`, 'k', 'v'))", "1"),
        fails(
            "length(missing)",
            r#"Invalid type for: <nil>, expected: []jmespath.JpType{"string", "array", "object"}"#,
        ),
    ],
    takes_records: true,
    call: |args| {
        let length = match args.value(0) {
            Value::List(list) => list.len(),
            Value::Map(map) => map.len(),
            _ => {
                args.env.spend_bytes(args.text(0).len())?;
                args.text(0).chars().count()
            }
        };
        Ok(Value::Float(length as f64))
    },
    ..Function::PLAIN
};
