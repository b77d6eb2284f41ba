//! `isIP(text)`

use super::parse;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_IP: Function = Function {
    name: "isIP",
    about: "Does the text spell an IP address?",
    library: Library::Ip,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_ip),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("isIP('::1')", "true"),
        gives("isIP('10.0.0.0/8')", "false"),
        fails("isIP(dyn(1))", "no such overload: isIP(int)"),
    ],
    ..Function::PLAIN
};

fn is_ip<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(parse(call.str(0)?).is_ok()))
}
