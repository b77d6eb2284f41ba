//! `a == b`: equal.

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal, refuses};

pub(super) static EQUAL: Function = Function {
    name: "_==_",
    about: "Are they equal? Numbers of different types are compared as numbers; values of other \
            different types are never equal. Lists and maps are compared by what is in them.",
    overloads: &[
        Overload::global(&[Ty::Param("A"), Ty::Param("A")], Ty::Bool, equals)
            .costs(Cost::Of(cost::shorter)),
    ],
    dispatch: Dispatch::One,
    examples: &[
        gives("[1, 2] == [1, 2]", "true"),
        gives("dyn(1) == dyn(1.0)", "true"),
        gives("dyn(1) == dyn('1')", "false"),
        fails("1 == 'a'", "found no matching overload for '_==_' applied to '(int, string)'"),
    ],
    ..Function::PLAIN
};

fn equals<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (a, b) = (call.arg(0), call.arg(1));
    if refuses(a, b) {
        return Err(Fault::NO_OVERLOAD);
    }
    Ok(Val::Bool(equal(a, b)))
}
