//! `a < b`: less.

use super::order::{DISPATCH, holds, overloads};
use crate::cel::library::{Function, fails, gives};

pub(super) static LESS: Function = Function {
    name: "_<_",
    about: "Is the one less than the other? Numbers of all types, texts, bytes, truth values, durations and moments have an order.",
    overloads: &overloads(|call| holds(call, std::cmp::Ordering::is_lt)),
    dispatch: DISPATCH,
    examples: &[gives("1 < 2", "true"), gives("dyn(1) < 1.5", "true"), gives("'a' < 'b'", "true"), fails("dyn(1) < dyn('2')", "no such overload"), fails("dyn(null) < dyn(1)", "no such overload: _<_")],
    ..Function::PLAIN
};
