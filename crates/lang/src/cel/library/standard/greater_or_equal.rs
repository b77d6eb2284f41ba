//! `a >= b`: greater or equal.

use super::order::{DISPATCH, holds, overloads};
use crate::cel::library::{Function, fails, gives};

pub(super) static GREATER_OR_EQUAL: Function = Function {
    name: "_>=_",
    about: "Is the one greater than the other, or equal? Numbers of all types, texts, bytes, truth values, durations and moments have an order.",
    overloads: &overloads(|call| holds(call, std::cmp::Ordering::is_ge)),
    dispatch: DISPATCH,
    examples: &[gives("timestamp('2024-01-01T00:00:00Z') >= timestamp(0)", "true"), gives("1.0 >= 1", "true"), fails("dyn({}) >= dyn({})", "no such overload: _>=_")],
    ..Function::PLAIN
};
