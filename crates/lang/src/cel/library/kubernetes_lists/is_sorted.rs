//! `list.isSorted()`

use std::cmp::Ordering;

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, compare};

pub(super) static IS_SORTED: Function = Function {
    name: "isSorted",
    about: "Is no element greater than the next?",
    library: Library::KubernetesLists,
    overloads: &[
        of(&[Ty::List(&Ty::Int)]),
        of(&[Ty::List(&Ty::Uint)]),
        of(&[Ty::List(&Ty::Double)]),
        of(&[Ty::List(&Ty::Bool)]),
        of(&[Ty::List(&Ty::Duration)]),
        of(&[Ty::List(&Ty::Timestamp)]),
        of(&[Ty::List(&Ty::String)]),
        of(&[Ty::List(&Ty::Bytes)]),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("[1, 2, 2].isSorted()", "true"),
        gives("['b', 'a'].isSorted()", "false"),
        fails("dyn([[1], [2]]).isSorted()", "no such overload: isSorted(list)"),
    ],
    ..Function::PLAIN
};

const fn of(params: &'static [Ty]) -> Overload {
    Overload::member(params, Ty::Bool, is_sorted)
}

fn is_sorted<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let next = list.iter().skip(1);
    let falls = list
        .iter()
        .zip(next)
        .any(|(a, b)| compare(a, b) == Ok(Ordering::Greater));
    Ok(Val::Bool(!falls))
}
