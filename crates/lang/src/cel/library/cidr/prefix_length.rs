//! `cidr.prefixLength()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static PREFIX_LENGTH: Function = Function {
    name: "prefixLength",
    about: "How many of the first bits make the network.",
    library: Library::Cidr,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, prefix_length),
    ],
    examples: &[
        gives("cidr('2001:db8::/32').prefixLength()", "32"),
        fails("dyn(1).prefixLength()", "no such overload: prefixLength(int)"),
    ],
    ..Function::PLAIN
};

fn prefix_length<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(i64::from(of(call, 0)?.prefix_len())))
}
