//! `[optional.of(1), optional.none()].unwrapOpt()`

use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};
use super::unwrap::unwrap;

const V: Ty = Ty::Param("V");

pub(super) static UNWRAP_OPT: Function = Function {
    name: "unwrapOpt",
    about: "The values of those optionals that have one.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[Ty::List(&Ty::Optional(&V))], Ty::List(&V), unwrap)],
    examples: &[
        gives("[optional.of(1), optional.none()].unwrapOpt()", "[1]"),
        fails("dyn([1]).unwrapOpt()", "no such overload: unwrapOpt(list)"),
    ],
    ..Function::PLAIN
};
