//! `a && b`: both.

use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Fault;

pub(super) static ALL_OF: Function = Function {
    name: "_&&_",
    about: "Do both hold? False as soon as one side is false, even if the other is an error.",
    overloads: &[Overload::global(&[Ty::Bool, Ty::Bool], Ty::Bool, by_the_evaluator)],
    examples: &[
        gives("true && false", "false"),
        gives("1/0 > 0 && false", "false"),
        fails("1/0 > 0 && true", "division by zero"),
    ],
    ..Function::PLAIN
};

/// The evaluator does not evaluate all of such a function's arguments first, so there is nothing
/// to call.
pub(super) fn by_the_evaluator<'v>(_: &Call<'_, 'v>) -> Outcome<'v> {
    Err(Fault::NO_OVERLOAD)
}
