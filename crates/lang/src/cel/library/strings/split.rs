//! `text.split(separator, most?)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static SPLIT: Function = Function {
    name: "split",
    about: "The parts of the text between the separators; at most so many, of which the last is the rest. An empty separator parts the characters.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::List(&Ty::String), split),
        Overload::member(&[Ty::String, Ty::String, Ty::Int], Ty::List(&Ty::String), split),
    ],
    cost: Cost::Of(cost::first_twice),
    examples: &[
        gives("'a,b,,c'.split(',')", r#"["a", "b", "", "c"]"#),
        gives("'a,b,c'.split(',', 2)", r#"["a", "b,c"]"#),
        gives("'a,b'.split(',', 0)", "[]"),
        gives("'né'.split('')", r#"["n", "é"]"#),
        fails("'a'.split(1)", "found no matching overload for 'split' applied to 'string.(int)'"),
    ],
    ..Function::PLAIN
};

fn split<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, separator) = (call.str(0)?, call.str(1)?);
    let most = match call.args {
        [_, _] => -1,
        _ => call.int(2)?,
    };
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    if separator.is_empty() {
        return Ok(call.list(characters(text, most).map(Val::Str)));
    }
    Ok(call.list(text.splitn(most, separator).map(Val::Str)))
}

/// The characters of the text, at most so many parts.
fn characters(text: &str, most: usize) -> impl Iterator<Item = &str> {
    let count = text.chars().count().min(most);
    let starts = text.char_indices().map(|(start, _)| start).take(count);
    starts.enumerate().map(move |(index, start)| {
        let rest = text.get(start..).unwrap_or_default();
        let len = match rest.chars().next() {
            Some(first) if index + 1 < count || count < most => first.len_utf8(),
            _ => rest.len(),
        };
        rest.get(..len).unwrap_or_default()
    })
}
