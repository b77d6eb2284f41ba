//! `a > b`: greater.

use super::order::{DISPATCH, holds, overloads};
use crate::cel::library::{Function, fails, gives};

pub(super) static GREATER: Function = Function {
    name: "_>_",
    about: "Is the one greater than the other? Numbers of all types, texts, bytes, truth values, durations and moments have an order.",
    overloads: &overloads(|call| holds(call, std::cmp::Ordering::is_gt)),
    dispatch: DISPATCH,
    examples: &[gives("duration('1h') > duration('1m')", "true"), gives("3u > 2", "true"), fails("dyn('b') > dyn(1)", "no such overload")],
    ..Function::PLAIN
};
