//! `truncate(text, length)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TRUNCATE: Function = Function {
    name: "truncate",
    about: "The first `length` characters of `text`, or all of it when it is shorter.",
    params: &[
        param("text", &[Type::String], "The text to shorten."),
        param("length", &[Type::Number], "Characters to keep. Rounded toward zero; below zero counts as zero."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("truncate('nginx:1.27', `5`)", r#""nginx""#),
        gives("truncate('nginx', `40`)", r#""nginx""#),
        gives("truncate('nginx', `2.6`)", r#""ng""#),
        gives("truncate('né', `2`)", r#""né""#),
        fails("truncate('nginx', '2')", r#"Invalid type for: 2, expected: []jmespath.JpType{"number"}"#),
    ],
    call: |args| {
        let text = args.text(0);
        args.env.spend_bytes(text.len())?;
        let end = text.char_indices().nth(args.number(1).max(0.0) as usize);
        let kept = end.and_then(|(end, _)| text.get(..end));
        Ok(Value::Str(kept.unwrap_or(text)))
    },
    ..Function::PLAIN
};
