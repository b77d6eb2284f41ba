//! `isCIDR(text)`

use super::parse;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_CIDR: Function = Function {
    name: "isCIDR",
    about: "Does the text spell an IP network?",
    library: Library::Cidr,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_cidr),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("isCIDR('10.1.2.3/8')", "true"),
        gives("isCIDR('10.0.0.0/33')", "false"),
        fails("isCIDR(dyn(1))", "no such overload: isCIDR(int)"),
    ],
    ..Function::PLAIN
};

fn is_cidr<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(parse(call.str(0)?).is_ok()))
}
