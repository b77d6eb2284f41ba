//! `cidr.containsCIDR(other)`

use super::{TYPE, of, parse};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static CONTAINS_CIDR: Function = Function {
    name: "containsCIDR",
    about: "Is the other network all in this one?",
    library: Library::Cidr,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Bool, contains_cidr),
        Overload::member(&[TYPE, Ty::String], Ty::Bool, contains_cidr),
    ],
    examples: &[
        gives("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"),
        gives("cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))", "false"),
        fails(
            "cidr('10.0.0.0/8').containsCIDR(1)",
            "found no matching overload for 'containsCIDR' applied to 'net.CIDR.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn contains_cidr<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let cidr = of(call, 0)?;
    let other = match call.arg(1) {
        Val::Str(text) => parse(text).map_err(|error| call.error(error))?,
        _ => of(call, 1)?,
    };
    Ok(Val::Bool(cidr.contains_cidr(&other)))
}
