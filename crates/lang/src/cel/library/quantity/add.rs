//! `quantity.add(other)`

use super::{TYPE, made, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::scalar::quantity::{Format, Quantity};

pub(super) static ADD: Function = Function {
    name: "add",
    about: "The sum with another quantity or a whole number.",
    library: Library::Quantity,
    overloads: &[
        Overload::member(&[TYPE, TYPE], TYPE, add),
        Overload::member(&[TYPE, Ty::Int], TYPE, add),
    ],
    examples: &[
        gives("quantity('1Gi').add(quantity('1Gi')) == quantity('2Gi')", "true"),
        gives("quantity('1').add(2).asInteger()", "3"),
        fails(
            "quantity('1').add(1.5)",
            "found no matching overload for 'add' applied to 'kubernetes.Quantity.(double)'",
        ),
    ],
    ..Function::PLAIN
};

fn add<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let quantity = of(call, 0)?;
    let result = match call.arg(1) {
        Val::Int(number) => quantity.add(&Quantity::from_i64(number, Format::DecimalSi)),
        _ => quantity.add(of(call, 1)?),
    };
    made(call, result)
}
