//! `replace_all(text, old, new)`

use super::function::{fails, gives, param};
use super::replace::replace;
use super::{Function, Type};

pub(super) static REPLACE_ALL: Function = Function {
    name: "replace_all",
    about: "The text with every occurrence of a part replaced.",
    params: &[
        param("text", &[Type::String], "The text."),
        param("old", &[Type::String], "The part; the empty one is before, between and after all characters."),
        param("new", &[Type::String], "What to put there, as it is."),
    ],
    returns: &[Type::String],
    examples: &[
        gives("replace_all('a-b-c', '-', '.')", r#""a.b.c""#),
        gives("replace_all('aaa', 'aa', 'b')", r#""ba""#),
        gives("replace_all('ab', '', '-')", r#""-a-b-""#),
        gives("replace_all('a.b', '.', '$1')", r#""a$1b""#),
        fails("replace_all(`1`, '1', '2')", r#"Invalid type for: 1, expected: []jmespath.JpType{"string"}"#),
    ],
    call: |args| replace(args, usize::MAX),
    ..Function::PLAIN
};
