//! `a != b`: not equal.

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal, refuses};

pub(super) static NOT_EQUAL: Function = Function {
    name: "_!=_",
    about: "Are they not equal, in the sense of `==`?",
    overloads: &[
        Overload::global(&[Ty::Param("A"), Ty::Param("A")], Ty::Bool, differs)
            .costs(Cost::Of(cost::shorter)),
    ],
    dispatch: Dispatch::One,
    examples: &[
        gives("'a' != 'b'", "true"),
        gives("double('NaN') != double('NaN')", "true"),
        fails("1 != 'a'", "found no matching overload for '_!=_' applied to '(int, string)'"),
    ],
    ..Function::PLAIN
};

fn differs<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (a, b) = (call.arg(0), call.arg(1));
    if refuses(a, b) {
        return Err(Fault::NO_OVERLOAD);
    }
    Ok(Val::Bool(!equal(a, b)))
}
