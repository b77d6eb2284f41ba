//! `text.substring(from, to?)`

use super::position::{byte_of, out_of_range};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static SUBSTRING: Function = Function {
    name: "substring",
    about: "The characters from one position up to another, or to the end.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::Int], Ty::String, substring),
        Overload::member(&[Ty::String, Ty::Int, Ty::Int], Ty::String, substring),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("'hello'.substring(1, 3)", "el"),
        gives("'hello'.substring(3)", "lo"),
        fails("'a'.substring(2)", "index out of range: 2"),
        fails("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
    ],
    ..Function::PLAIN
};

fn substring<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, from) = (call.str(0)?, call.int(1)?);
    let to = match call.args {
        [_, _] => None,
        _ => Some(call.int(2)?),
    };
    if let Some(to) = to
        && from > to
    {
        return Err(call.error(format_args!(
            "invalid substring range. start: {from}, end: {to}"
        )));
    }
    let byte = |index| byte_of(text, index).ok_or_else(|| out_of_range(call, index));
    let start = byte(from)?;
    let end = to.map_or(Ok(text.len()), byte)?;
    Ok(Val::Str(text.get(start..end).unwrap_or_default()))
}
