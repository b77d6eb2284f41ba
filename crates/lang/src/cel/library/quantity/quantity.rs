//! `quantity(text)`

use super::{TYPE, made};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, Prepared};
use crate::cel::val::Constant;
use crate::scalar::quantity::Quantity;

pub(super) static QUANTITY: Function = Function {
    name: "quantity",
    about: "The quantity that a text such as `1.5Gi` or `250m` spells.",
    library: Library::Quantity,
    overloads: &[
        Overload::global(&[Ty::String], TYPE, quantity).prepares(|args| match args {
            [Some(Constant::Str(text))] => match Quantity::parse(text) {
                Ok(quantity) => Prepared::Value(Constant::Quantity(quantity)),
                Err(_) => Prepared::Nothing,
            },
            _ => Prepared::Nothing,
        }),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("quantity('1Gi') == quantity('1024Mi')", "true"),
        gives("string(quantity('1500m').asApproximateFloat())", "1.5"),
        fails("quantity('1K')", "unable to parse quantity's suffix"),
        fails("quantity(1)", "found no matching overload for 'quantity' applied to '(int)'"),
    ],
    ..Function::PLAIN
};

fn quantity<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match Quantity::parse(call.str(0)?) {
        Ok(quantity) => made(call, Some(quantity)),
        Err(error) => Err(call.error(error)),
    }
}
