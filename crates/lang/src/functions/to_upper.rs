//! `to_upper(text)`

use super::function::{fails, gives, param};
use super::{Function, Type};

pub(super) static TO_UPPER: Function = Function {
    name: "to_upper",
    about: "The text in capital letters, of any script.",
    params: &[param("text", &[Type::String], "The text.")],
    returns: &[Type::String],
    note: "Letter by letter: a letter whose capital form is two letters (`ß`) stays as it is.",
    examples: &[
        gives("to_upper('abc')", r#""ABC""#),
        gives("to_upper('né')", r#""NÉ""#),
        gives("to_upper('ß1')", r#""ß1""#),
        gives("to_upper('ᾳ')", r#""ᾼ""#),
        fails("to_upper(`1`)", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| {
        let upper: String = args.text(0).chars().map(upper).collect();
        args.made(&upper)
    },
    ..Function::PLAIN
};

/// The capital form of one letter, where that is one letter.
fn upper(letter: char) -> char {
    let mut upper = letter.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(single), None) => single,
        _ => with_iota(letter).unwrap_or(letter),
    }
}

/// Greek letters with an iota below have two capital forms; Go takes the one that is one letter.
fn with_iota(letter: char) -> Option<char> {
    let code = letter as u32;
    match code {
        0x1f80..=0x1faf if code & 8 == 0 => char::from_u32(code + 8),
        0x1fb3 | 0x1fc3 | 0x1ff3 => char::from_u32(code + 9),
        _ => None,
    }
}
