//! `math.bitXor(a, b)`

use super::bits::{join, overloads};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BIT_XOR: Function = Function {
    name: "math.bitXor",
    about: "The bits that one of them has and the other not.",
    library: Library::Math,
    overloads: &overloads(|call| join(call, |a, b| a ^ b)),
    examples: &[
        gives("math.bitXor(6u, 3u)", "5"),
        fails(
            "math.bitXor(1, 1u)",
            "found no matching overload for 'math.bitXor' applied to '(int, uint)'",
        ),
    ],
    ..Function::PLAIN
};
