//! Kyverno's `orValue`: of a value that is no optional, the value itself.

use super::or_value::by_the_evaluator;
use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};

pub(super) static LENIENT_OR_VALUE: Function = Function {
    name: "orValue",
    about: "As `orValue` of an optional; a value that is no optional is itself. Policies were \
            written when the language allowed that.",
    library: Library::LenientOrValue,
    overloads: &[Overload::member(
        &[Ty::Dyn, Ty::Dyn],
        Ty::Dyn,
        by_the_evaluator,
    )],
    examples: &[
        gives("'a'.orValue('b')", "a"),
        gives("optional.none().orValue('b')", "b"),
        fails("{'a': 1}.b.orValue(2)", "no such key: b"),
    ],
    ..Function::PLAIN
};
