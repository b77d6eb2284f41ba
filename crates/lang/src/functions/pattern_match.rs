//! `pattern_match(pattern, text)`

use super::function::{Constant, fails, gives, param};
use super::{Function, Prepared, Type};
use crate::scalar::wildcard::{self, Wildcard};
use crate::value::Value;

pub(super) static PATTERN_MATCH: Function = Function {
    name: "pattern_match",
    about: "Whether a wildcard pattern covers the whole of a text: `*` is any run of characters, `?` is one.",
    params: &[
        param("pattern", &[Type::String], "The pattern."),
        param("text", &[Type::String, Type::Number], "The text, or a number, in decimal digits."),
    ],
    returns: &[Type::Bool],
    examples: &[
        gives("pattern_match('nginx:*', 'nginx:1.27')", "true"),
        gives("pattern_match('v?', 'v10')", "false"),
        gives("pattern_match('1.*', `1.5`)", "true"),
        gives("pattern_match('', 'a')", "false"),
        fails(
            "pattern_match('*', `null`)",
            r#"Invalid type for: <nil>, expected: []jmespath.JpType{"string", "number"}"#,
        ),
    ],
    constant: Some(Constant {
        at: 0,
        prepare: |pattern| Prepared::Wildcard(Wildcard::new(pattern)),
    }),
    call: |args| {
        let text = args.text_or_number(1);
        args.env.spend_bytes(text.len())?;
        Ok(Value::Bool(match args.prepared {
            Prepared::Wildcard(pattern) => pattern.matches(text),
            _ => {
                args.env.spend_bytes(args.text(0).len() * text.len())?;
                wildcard::matches(args.text(0), text)
            }
        }))
    },
    ..Function::PLAIN
};
