//! `ip.family()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static FAMILY: Function = Function {
    name: "family",
    about: "4 or 6.",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, family),
    ],
    examples: &[
        gives("ip('10.0.0.1').family()", "4"),
        fails("dyn('10.0.0.1').family()", "no such overload: family(string)"),
    ],
    ..Function::PLAIN
};

fn family<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(if of(call, 0)?.is_ipv4() { 4 } else { 6 }))
}
