//! `trim(text, letters)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::Value;

pub(super) static TRIM: Function = Function {
    name: "trim",
    about: "The text without certain letters at both its ends.",
    params: &[
        param("text", &[Type::String], "The text."),
        param("letters", &[Type::String], "Every letter to take away, in any order."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("trim('¡¡Hi!!', '!¡')", r#""Hi""#),
        gives("trim('  a b ', ' ')", r#""a b""#),
        gives("trim('abcba', 'ab')", r#""c""#),
        gives("trim(' a', '')", r#"" a""#),
        fails("trim(`1`, '1')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        let (text, letters) = (args.text(0), args.text(1));
        args.env.spend_bytes(text.len().saturating_mul(letters.len().max(1)))?;
        Ok(Value::Str(text.trim_matches(|c| letters.contains(c))))
    },
    ..Function::PLAIN
};
