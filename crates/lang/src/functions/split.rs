//! `split(text, separator)`

use super::function::{fails, gives, param};
use super::{Function, Type};
use crate::value::{Value, list};

pub(super) static SPLIT: Function = Function {
    name: "split",
    about: "The parts of a text between the occurrences of a separator.",
    params: &[
        param("text", &[Type::String], "The text."),
        param("separator", &[Type::String], "The separator; the empty one is between all characters."),
    ],
    returns: &[Type::Array],
    examples: &[
        gives("split('a,b,c', ',')", r#"["a","b","c"]"#),
        gives("split('a,,', ',')", r#"["a","",""]"#),
        gives("split('né', '')", r#"["n","é"]"#),
        gives("split('', ',')", r#"[""]"#),
        fails("split(`1`, ',')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        let (text, separator) = (args.text(0), args.text(1));
        let bump = args.env.bump();
        if separator.is_empty() {
            args.env.spend(text.len())?;
            let characters = text.char_indices().map(|(at, c)| at..at + c.len_utf8());
            let parts = characters.map(|range| text.get(range).unwrap_or_default());
            return Ok(list(bump, parts.map(Value::Str)));
        }
        args.env.spend_bytes(text.len())?;
        args.env.spend(text.matches(separator).count())?;
        Ok(list(bump, text.split(separator).map(Value::Str)))
    },
    ..Function::PLAIN
};
