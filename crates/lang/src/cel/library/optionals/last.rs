//! `list.last()`: the last element, if there is one.

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

const A: Ty = Ty::Param("A");

pub(super) static LAST: Function = Function {
    name: "last",
    about: "The last element as an optional, which has no value if the list is empty.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[Ty::List(&A)], Ty::Optional(&A), last)],
    examples: &[
        gives("[1, 2].last().value()", "2"),
        fails("[].last().value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};

fn last<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let found = list.len().checked_sub(1).and_then(|last| list.get(last));
    Ok(match found {
        Some(value) => call.some(value),
        None => Val::Optional(None),
    })
}
