//! `math.bitShiftRight(number, places)`

use super::bits::{shift, shift_overloads};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BIT_SHIFT_RIGHT: Function = Function {
    name: "math.bitShiftRight",
    about: "The bits moved down by so many places; zeros come in at the top.",
    library: Library::Math,
    overloads: &shift_overloads(|call| shift(call, "bitShiftRight", u64::checked_shr)),
    examples: &[
        gives("math.bitShiftRight(8u, 2)", "2"), gives("math.bitShiftRight(-1024, 3)", "2305843009213693824"),
        fails("math.bitShiftRight(1, -1)", "math.bitShiftRight() negative offset: -1"),
    ],
    ..Function::PLAIN
};
