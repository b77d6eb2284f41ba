//! `quantity.asInteger()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static AS_INTEGER: Function = Function {
    name: "asInteger",
    about: "The quantity as a whole number. That it is none, or does not fit in 64 bits, is an error.",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, as_integer),
    ],
    examples: &[
        gives("quantity('2k').asInteger()", "2000"),
        fails("quantity('1.5').asInteger()", "cannot convert value to integer"),
    ],
    ..Function::PLAIN
};

fn as_integer<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let number = of(call, 0)?.as_i64();
    Ok(Val::Int(number.ok_or("cannot convert value to integer")?))
}
