//! `quantity.asApproximateFloat()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static AS_APPROXIMATE_FLOAT: Function = Function {
    name: "asApproximateFloat",
    about: "The quantity as a floating point number, which may lose digits.",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE], Ty::Double, as_approximate_float),
    ],
    examples: &[
        gives("quantity('250m').asApproximateFloat()", "0.25"),
        fails("dyn('1').asApproximateFloat()", "no such overload: asApproximateFloat(string)"),
    ],
    ..Function::PLAIN
};

fn as_approximate_float<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Double(of(call, 0)?.to_f64()))
}
