//! `math.bitOr(a, b)`

use super::bits::{join, overloads};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BIT_OR: Function = Function {
    name: "math.bitOr",
    about: "The bits that either has.",
    library: Library::Math,
    overloads: &overloads(|call| join(call, |a, b| a | b)),
    examples: &[
        gives("math.bitOr(6, 3)", "7"),
        fails(
            "math.bitOr(1, 1u)",
            "found no matching overload for 'math.bitOr' applied to '(int, uint)'",
        ),
    ],
    ..Function::PLAIN
};
