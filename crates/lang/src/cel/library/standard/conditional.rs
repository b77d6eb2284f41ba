//! `test ? a : b`: the one or the other.

use super::all::by_the_evaluator;
use crate::cel::library::{Function, Overload, Ty, fails, gives};

const A: Ty = Ty::Param("A");

pub(super) static CONDITIONAL: Function = Function {
    name: "_?_:_",
    about: "The second operand if the first is true, else the third. The other is not looked at.",
    overloads: &[Overload::global(&[Ty::Bool, A, A], A, by_the_evaluator)],
    examples: &[
        gives("true ? 'yes' : 'no'", "yes"),
        gives("false ? 1/0 : 2", "2"),
        fails("dyn(1) ? 'yes' : 'no'", "no such overload"),
        fails(
            "true ? 'a' : 1",
            "found no matching overload for '_?_:_' applied to '(bool, string, int)'",
        ),
    ],
    ..Function::PLAIN
};
