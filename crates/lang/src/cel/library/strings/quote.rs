//! `strings.quote(text)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static QUOTE: Function = Function {
    name: "strings.quote",
    about: "The text in double quotes, with what has an escape escaped.",
    library: Library::Strings,
    overloads: &[
        Overload::global(&[Ty::String], Ty::String, quote),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives(r#"strings.quote('a"b')"#, r#""a\"b""#),
        gives(r"strings.quote('é\n')", r#""é\n""#),
        fails("strings.quote(dyn(1))", "no such overload: strings.quote(int)"),
    ],
    ..Function::PLAIN
};

fn quote<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    let mut quoted = bumpalo::collections::String::with_capacity_in(text.len() + 2, call.bump);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '\x07' => quoted.push_str("\\a"),
            '\x08' => quoted.push_str("\\b"),
            '\x0c' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\x0b' => quoted.push_str("\\v"),
            '\\' => quoted.push_str("\\\\"),
            '"' => quoted.push_str("\\\""),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    Ok(Val::Str(quoted.into_bump_str()))
}
