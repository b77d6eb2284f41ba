//! `text.lastIndexOf(part, from?)`

use super::position::{byte_of, index_of, out_of_range};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static LAST_INDEX_OF: Function = Function {
    name: "lastIndexOf",
    about: "Where the text last contains the other, from a position backwards; -1 if nowhere.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::String], Ty::Int, last_index_of),
        Overload::member(&[Ty::String, Ty::String, Ty::Int], Ty::Int, last_index_of),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("'hello'.lastIndexOf('l')", "3"),
        gives("'hello'.lastIndexOf('l', 2)", "2"),
        gives("'hello'.lastIndexOf('')", "5"),
        fails("'hello'.lastIndexOf('l', 5)", "index out of range: 5"),
    ],
    ..Function::PLAIN
};

fn last_index_of<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, part) = (call.str(0)?, call.str(1)?);
    let len = text.chars().count() as i64;
    let from = match (call.args, part.is_empty()) {
        ([_, _], true) => return Ok(Val::Int(len)),
        ([_, _], false) => len - 1,
        (_, true) => return Ok(call.arg(2)),
        (_, false) => call.int(2)?,
    };
    if call.args.len() > 2 && !(0..len).contains(&from) {
        return Err(out_of_range(call, from));
    }
    // The match may begin at `from`, so it may end that much later.
    let last = from.saturating_add(part.chars().count() as i64).min(len);
    let end = byte_of(text, last).unwrap_or(text.len());
    let found = text.get(..end).and_then(|text| text.rfind(part));
    Ok(Val::Int(found.map_or(-1, |found| index_of(text, found))))
}
