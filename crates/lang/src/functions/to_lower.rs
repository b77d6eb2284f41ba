//! `to_lower(text)`

use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static TO_LOWER: Function = Function {
    name: "to_lower",
    about: "The text in small letters, of any script.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    note: "Letter by letter: a Greek sigma at the end of a word is no special case.",
    examples: &[
        gives("to_lower('ABC')", r#""abc""#),
        gives("to_lower('NÉ1')", r#""né1""#),
        gives("to_lower('ΑΣ')", r#""ασ""#),
        gives("to_lower('İ')", r#""i""#),
        fails("to_lower(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        // One letter has a small form of two: the Turkish dotted I, and the dot is dropped.
        let letters = args.text(0).chars().filter_map(|c| c.to_lowercase().next());
        let lower: String = letters.collect();
        args.made(&lower)
    },
    ..Function::PLAIN
};
