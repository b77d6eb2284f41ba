//! `format.named(name)`

use super::TYPE;
use super::form::{NAMES, format};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static NAMED: Function = Function {
    name: "format.named",
    about: "The format of this name, if there is one.",
    library: Library::Format,
    overloads: &[Overload::global(&[Ty::String], Ty::Optional(&TYPE), named)],
    examples: &[
        gives("format.named('dns1123Label').value() == format.dns1123Label()", "true"),
        gives("format.named('nope').hasValue()", "false"),
        fails("format.named(dyn(1))", "no such overload: format.named(int)"),
    ],
    ..Function::PLAIN
};

fn named<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let name = call.str(0)?;
    Ok(match NAMES.into_iter().find(|known| *known == name) {
        Some(name) => call.some(format(name)),
        None => Val::Optional(None),
    })
}
