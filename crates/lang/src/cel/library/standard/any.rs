//! `a || b`: at least one.

use super::all::by_the_evaluator;
use crate::cel::library::{Function, Overload, Ty, fails, gives};

pub(super) static ANY_OF: Function = Function {
    name: "_||_",
    about: "Does one of them hold? True as soon as one side is true, even if the other is an error.",
    overloads: &[Overload::global(&[Ty::Bool, Ty::Bool], Ty::Bool, by_the_evaluator)],
    examples: &[
        gives("true || false", "true"),
        gives("1/0 > 0 || true", "true"),
        fails("1/0 > 0 || false", "division by zero"),
    ],
    ..Function::PLAIN
};
