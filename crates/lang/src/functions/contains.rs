//! `contains(where, what)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::jmespath::equal;
use crate::value::Value;

pub(super) static CONTAINS: Function = Function {
    name: "contains",
    about: "Whether a text holds another, or a list holds a value.",
    params: &[
        param("where", &[Type::Array, Type::String], "The list or the text to look into."),
        param("what", &[Type::Any], "The value to look for. In a text, only a text is found."),
    ],
    returns: &[Type::Bool],
    note: "A list compares deeply, and `1` is not `'1'`. Kyverno ends its process where a list or a \
           map is compared with another; here they are compared.",
    examples: &[
        gives("contains('abc', 'b')", "true"),
        gives("contains(`[\"a\", \"b\"]`, 'b')", "true"),
        gives("contains(`[1, 2]`, '1')", "false"),
        gives("contains('a1', `1`)", "false"),
        fails(
            "contains(`null`, 'a')",
            r#"Invalid type for: <nil>, expected: []jmespath.JpType{"array", "string"}"#,
        ),
    ],
    call: |args| {
        let what = args.value(1);
        if let Value::List(list) = args.value(0) {
            args.env.spend(list.len())?;
            for item in list {
                if equal(item, what, args.env)? {
                    return Ok(Value::Bool(true));
                }
            }
            return Ok(Value::Bool(false));
        }
        let text = args.text(0);
        args.env.spend_bytes(text.len())?;
        Ok(Value::Bool(what.as_str().is_some_and(|what| text.contains(what))))
    },
    ..Function::PLAIN
};
