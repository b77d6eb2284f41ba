//! `optional.unwrap([optional.of(1), optional.none()])`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

const V: Ty = Ty::Param("V");

pub(super) static UNWRAP: Function = Function {
    name: "optional.unwrap",
    about: "The values of those optionals that have one.",
    library: Library::Optionals,
    overloads: &[Overload::global(&[Ty::List(&Ty::Optional(&V))], Ty::List(&V), unwrap)],
    examples: &[
        gives("optional.unwrap([optional.of(1), optional.none()])", "[1]"),
        fails("optional.unwrap(dyn([1]))", "no such overload: optional.unwrap(list)"),
    ],
    ..Function::PLAIN
};

pub(super) fn unwrap<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    Ok(call.list(list.iter().filter_map(|item| match item {
        Val::Optional(value) => value.copied(),
        _ => None,
    })))
}
