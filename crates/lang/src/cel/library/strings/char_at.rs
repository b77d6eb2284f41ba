//! `text.charAt(index)`

use super::position::{byte_of, out_of_range};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static CHAR_AT: Function = Function {
    name: "charAt",
    about: "The character at an index, from 0 on; nothing at the end of the text.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::Int], Ty::String, char_at),
    ],
    examples: &[
        gives("'né'.charAt(1)", "é"),
        gives("'a'.charAt(1)", ""),
        fails("'a'.charAt(2)", "index out of range: 2"),
    ],
    ..Function::PLAIN
};

fn char_at<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (text, index) = (call.str(0)?, call.int(1)?);
    let from = byte_of(text, index).ok_or_else(|| out_of_range(call, index))?;
    let rest = text.get(from..).unwrap_or_default();
    let len = rest.chars().next().map_or(0, char::len_utf8);
    Ok(Val::Str(rest.get(..len).unwrap_or_default()))
}
