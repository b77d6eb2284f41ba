//! `list.first()`: the first element, if there is one.

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

const A: Ty = Ty::Param("A");

pub(super) static FIRST: Function = Function {
    name: "first",
    about: "The first element as an optional, which has no value if the list is empty.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[Ty::List(&A)], Ty::Optional(&A), first)],
    examples: &[
        gives("[1, 2].first().value()", "1"),
        fails("[].first().value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};

fn first<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let found = list.iter().next();
    Ok(match found {
        Some(value) => call.some(value),
        None => Val::Optional(None),
    })
}
