//! `a <= b`: less or equal.

use super::order::{DISPATCH, holds, overloads};
use crate::cel::library::{Function, fails, gives};

pub(super) static LESS_OR_EQUAL: Function = Function {
    name: "_<=_",
    about: "Is the one less than the other, or equal? Numbers of all types, texts, bytes, truth values, durations and moments have an order.",
    overloads: &overloads(|call| holds(call, std::cmp::Ordering::is_le)),
    dispatch: DISPATCH,
    examples: &[gives("2 <= 2", "true"), gives("double('NaN') <= 1.0", "false"), fails("dyn([1]) <= dyn([2])", "no such overload: _<=_")],
    ..Function::PLAIN
};
