//! `optional.or(otherwise)`: the one or the other optional.

use super::or_value::by_the_evaluator;
use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};

const V: Ty = Ty::Optional(&Ty::Param("V"));

pub(super) static OR: Function = Function {
    name: "or",
    about: "The optional if it has a value, or else the argument, which is looked at only then.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[V, V], V, by_the_evaluator)],
    examples: &[
        gives("optional.none().or(optional.of(2)).value()", "2"),
        gives("optional.of(1).or(optional.of(2)).value()", "1"),
        fails("optional.none().or(optional.none()).value()", "optional.none() dereference"),
    ],
    ..Function::PLAIN
};
