//! `url.getEscapedPath()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static GET_ESCAPED_PATH: Function = Function {
    name: "getEscapedPath",
    about: "The path with its escapes.",
    library: Library::Url,
    overloads: &[
        Overload::member(&[TYPE], Ty::String, get_escaped_path),
    ],
    examples: &[
        gives("url('http://h/a b').getEscapedPath()", "/a%20b"),
        fails("dyn('http://h/a b').getEscapedPath()", "no such overload: getEscapedPath(string)"),
    ],
    ..Function::PLAIN
};

fn get_escaped_path<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let url = of(call)?;
    Ok(call.text(&url.escaped_path()))
}
