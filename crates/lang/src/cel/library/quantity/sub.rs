//! `quantity.sub(other)`

use super::{TYPE, made, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::scalar::quantity::{Format, Quantity};

pub(super) static SUB: Function = Function {
    name: "sub",
    about: "The difference from another quantity or a whole number.",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE, TYPE], TYPE, sub),
        Overload::member(&[TYPE, Ty::Int], TYPE, sub),
    ],
    examples: &[
        gives("quantity('1k').sub(quantity('1')).asInteger()", "999"),
        gives("quantity('1').sub(2).asInteger()", "-1"),
        fails(
            "quantity('1').sub(1.5)",
            "found no matching overload for 'sub' applied to 'kubernetes.Quantity.(double)'",
        ),
    ],
    ..Function::PLAIN
};

fn sub<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let quantity = of(call, 0)?;
    let result = match call.arg(1) {
        Val::Int(number) => quantity.sub(&Quantity::from_i64(number, Format::DecimalSi)),
        _ => quantity.sub(of(call, 1)?),
    };
    made(call, result)
}
