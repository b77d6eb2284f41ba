//! `text.indexOf(part, from?)`

use super::position::{byte_of, index_of, out_of_range};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static INDEX_OF: Function = Function {
    name: "indexOf",
    about: "Where the text first contains the other, from a position on; -1 if nowhere.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::Int, index_of_part),
        Overload::member(&[Ty::String, Ty::String, Ty::Int], Ty::Int, index_of_part),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("'hello'.indexOf('l')", "2"),
        gives("'hello'.indexOf('l', 3)", "3"),
        gives("'hello'.indexOf('x')", "-1"),
        fails("'hello'.indexOf('l', -1)", "index out of range: -1"),
    ],
    ..Function::PLAIN
};

fn index_of_part<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part) = (call.str(0)?, call.str(1)?);
    let from = match call.args {
        [_, _] => 0,
        _ => call.int(2)?,
    };
    if part.is_empty() {
        return Ok(Val::Int(from));
    }
    if from < 0 {
        return Err(out_of_range(call, from));
    }
    let found = byte_of(text, from).and_then(|start| {
        let found = text.get(start..)?.find(part)?;
        Some(index_of(text, start + found))
    });
    Ok(Val::Int(found.unwrap_or(-1)))
}
