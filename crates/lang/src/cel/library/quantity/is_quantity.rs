//! `isQuantity(text)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;
use crate::scalar::quantity::Quantity;

pub(super) static IS_QUANTITY: Function = Function {
    name: "isQuantity",
    about: "Does the text spell a quantity?",
    library: Library::Quantity,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_quantity),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("isQuantity('500m')", "true"),
        gives("isQuantity('500x')", "false"),
        fails("isQuantity(dyn(1))", "no such overload: isQuantity(int)"),
    ],
    ..Function::PLAIN
};

fn is_quantity<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(Quantity::parse(call.str(0)?).is_ok()))
}
