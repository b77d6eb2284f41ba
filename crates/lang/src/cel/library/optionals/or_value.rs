//! `optional.orValue(otherwise)`: what it is, or something else.

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Fault;

const V: Ty = Ty::Param("V");

pub(super) static OR_VALUE: Function = Function {
    name: "orValue",
    about: "The value of the optional, or the argument, which is looked at only then.",
    library: Library::Optionals,
    overloads: &[Overload::member(&[Ty::Optional(&V), V], V, by_the_evaluator)],
    examples: &[
        gives("{'a': 1}.?a.orValue(0)", "1"),
        gives("{'a': 1}.?b.orValue(0)", "0"),
        fails("dyn('a').orValue('b')", "no such overload: orValue"),
    ],
    ..Function::PLAIN
};

/// The evaluator does not evaluate all of such a function's arguments first, so there is nothing
/// to call.
pub(super) fn by_the_evaluator<'v>(_: &Call<'_, 'v>) -> Outcome<'v> {
    Err(Fault::NO_OVERLOAD)
}
