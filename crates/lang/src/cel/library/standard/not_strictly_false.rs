//! What the loops of `all` and `exists` ask before each round.

use super::all::by_the_evaluator;
use crate::cel::library::{Function, Overload, Ty, gives};

pub(super) static NOT_STRICTLY_FALSE: Function = Function {
    name: "@not_strictly_false",
    about: "Is it true, or an error? No text can call it; `all` and `exists` are checked with it.",
    overloads: &[Overload::global(&[Ty::Bool], Ty::Bool, by_the_evaluator)],
    examples: &[gives("[1, 0].exists(x, 1/x > 0)", "true")],
    ..Function::PLAIN
};
