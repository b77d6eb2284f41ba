//! `sets.contains(a, b)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, List, Val, equal};

const LIST: Ty = Ty::List(&Ty::Param("T"));

pub(super) static CONTAINS: Function = Function {
    name: "sets.contains",
    about: "Are all elements of the second list in the first?",
    library: Library::Sets,
    overloads: &[
        Overload::global(&[LIST, LIST], Ty::Bool, contains),
    ],
    cost: Cost::Of(cost::pairs),
    examples: &[
        gives("sets.contains([1, 2], [2])", "true"),
        gives("sets.contains([1], [1, 2])", "false"),
        fails(
            "sets.contains([1], ['a'])",
            "found no matching overload for 'sets.contains' applied to '(list(int), list(string))'",
        ),
    ],
    ..Function::PLAIN
};

fn contains<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let a = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let b = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(includes(a, b)))
}

/// Is every element of `b` in `a`?
pub(super) fn includes(a: List<'_>, b: List<'_>) -> bool {
    b.iter()
        .all(|wanted| a.iter().any(|item| equal(item, wanted)))
}
