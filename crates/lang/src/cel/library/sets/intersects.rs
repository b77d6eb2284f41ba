//! `sets.intersects(a, b)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal};

const LIST: Ty = Ty::List(&Ty::Param("T"));

pub(super) static INTERSECTS: Function = Function {
    name: "sets.intersects",
    about: "Is any element of one list in the other?",
    library: Library::Sets,
    overloads: &[
        Overload::global(&[LIST, LIST], Ty::Bool, intersects),
    ],
    cost: Cost::Of(cost::pairs),
    examples: &[
        gives("sets.intersects([1, 2], [2, 3])", "true"),
        gives("sets.intersects([1], [])", "false"),
        fails("sets.intersects(dyn(1), [1])", "no such overload: sets.intersects(int, list)"),
    ],
    ..Function::PLAIN
};

fn intersects<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let a = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let b = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(b.iter().any(|wanted| a.iter().any(|item| equal(item, wanted)))))
}
