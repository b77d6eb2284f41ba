//! `join(separator, texts)`

use bumpalo::collections::String;

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static JOIN: Function = Function {
    name: "join",
    about: "The texts one after the other, with a separator between them.",
    params: &[
        param("separator", &[Type::String], "What to put between two texts."),
        param("texts", &[Type::ArrayString], "The texts."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("join('-', `[\"a\", \"b\", \"c\"]`)", r#""a-b-c""#),
        gives("join('', `[\"a\", \"b\"]`)", r#""ab""#),
        gives("join('-', `[]`)", r#""""#),
        fails(
            "join('-', `[\"a\", 1]`)",
            r#"Invalid type for: [a 1], expected: []jmespath.JpType{"array[string]"}"#,
        ),
    ],
    call: |args| {
        let (separator, texts) = (args.text(0), args.list(1));
        let mut joined = String::new_in(args.env.bump());
        for (index, text) in texts.iter().enumerate() {
            let text = text.as_str().unwrap_or_default();
            args.env.spend(1)?;
            args.env.spend_bytes(separator.len() + text.len())?;
            if index > 0 {
                joined.push_str(separator);
            }
            joined.push_str(text);
        }
        Ok(Value::Str(joined.into_bump_str()))
    },
    ..Function::PLAIN
};
