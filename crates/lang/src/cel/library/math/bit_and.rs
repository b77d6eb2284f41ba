//! `math.bitAnd(a, b)`

use super::bits::{join, overloads};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BIT_AND: Function = Function {
    name: "math.bitAnd",
    about: "The bits that both have.",
    library: Library::Math,
    overloads: &overloads(|call| join(call, |a, b| a & b)),
    examples: &[
        gives("math.bitAnd(6, 3)", "2"),
        fails(
            "math.bitAnd(1, 1u)",
            "found no matching overload for 'math.bitAnd' applied to '(int, uint)'",
        ),
    ],
    ..Function::PLAIN
};
