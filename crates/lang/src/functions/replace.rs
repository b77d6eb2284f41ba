//! `replace(text, old, new, count)`

use super::function::{fails, gives, param};
use super::{Args, Function, Type};
use crate::jmespath::Fault;
use crate::value::Value;

pub(super) static REPLACE: Function = Function {
    name: "replace",
    about: "The text with the first occurrences of a part replaced.",
    params: &[
        param("text", &[Type::String], "The text."),
        param("old", &[Type::String], "The part; the empty one is before, between and after all characters."),
        param("new", &[Type::String], "What to put there."),
        param("count", &[Type::Number], "How many, rounded toward zero; below zero means all."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("replace('aaa', 'a', 'b', `2`)", r#""bba""#),
        gives("replace('aaa', 'a', 'b', `-1`)", r#""bbb""#),
        gives("replace('aaa', 'a', 'b', `0.9`)", r#""aaa""#),
        gives("replace('ab', '', '-', `-1`)", r#""-a-b-""#),
        fails(
            "replace('aaa', 'a', 'b', '1')",
            r#"Invalid type for: 1, expected: []jmespath.JpType{"number"}"#,
        ),
    ],
    call: |args| {
        let count = args.number(3).trunc();
        let limit = if count < 0.0 { usize::MAX } else { count as usize };
        replace(args, limit)
    },
    ..Function::PLAIN
};

/// Replaces the argument 1 in the argument 0 by the argument 2, at most `limit` times.
pub(super) fn replace<'v>(args: Args<'_, 'v>, limit: usize) -> Result<Value<'v>, Fault<'v>> {
    let (text, old, new) = (args.text(0), args.text(1), args.text(2));
    args.env.spend_bytes(text.len())?;
    let found = text.matches(old).take(limit).count();
    if found == 0 {
        return Ok(Value::Str(text));
    }
    // Paid for before it is made: this is how a text could grow beyond all bounds.
    args.env.spend_bytes(found.saturating_mul(new.len()))?;
    args.made(&text.replacen(old, new, limit))
}
