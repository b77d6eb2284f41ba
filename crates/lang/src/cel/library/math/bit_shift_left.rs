//! `math.bitShiftLeft(number, places)`

use super::bits::{shift, shift_overloads};
use crate::cel::library::{Function, Library, fails, gives};

pub(super) static BIT_SHIFT_LEFT: Function = Function {
    name: "math.bitShiftLeft",
    about: "The bits moved up by so many places.",
    library: Library::Math,
    overloads: &shift_overloads(|call| shift(call, "bitShiftLeft", u64::checked_shl)),
    examples: &[
        gives("math.bitShiftLeft(1, 4)", "16"), gives("math.bitShiftLeft(1, 64)", "0"),
        fails("math.bitShiftLeft(1, -1)", "math.bitShiftLeft() negative offset: -1"),
    ],
    ..Function::PLAIN
};
