//! `sets.equivalent(a, b)`

use super::contains::includes;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

const LIST: Ty = Ty::List(&Ty::Param("T"));

pub(super) static EQUIVALENT: Function = Function {
    name: "sets.equivalent",
    about: "Are all elements of each list in the other?",
    library: Library::Sets,
    overloads: &[
        Overload::global(&[LIST, LIST], Ty::Bool, equivalent),
    ],
    cost: Cost::Of(cost::pairs),
    examples: &[
        gives("sets.equivalent([1, 2, 1], [2, 1])", "true"),
        gives("sets.equivalent([1], [1, 2])", "false"),
        fails(
            "sets.equivalent(1, [1])",
            "found no matching overload for 'sets.equivalent' applied to '(int, list(int))'",
        ),
    ],
    ..Function::PLAIN
};

fn equivalent<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let a = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let b = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(includes(a, b) && includes(b, a)))
}
