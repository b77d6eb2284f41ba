//! `cidr(text)`

use super::{TYPE, parse};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, Prepared};
use crate::cel::val::{Constant, Opaque, Val};

pub(super) static CIDR: Function = Function {
    name: "cidr",
    about: "The IP network that a text such as `10.0.0.0/8` spells.",
    library: Library::Cidr,
    overloads: &[
        Overload::global(&[Ty::String], TYPE, cidr).prepares(|args| match args {
            [Some(Constant::Str(text))] => match parse(text) {
                Ok(cidr) => Prepared::Value(Constant::Cidr(cidr)),
                Err(_) => Prepared::Nothing,
            },
            _ => Prepared::Nothing,
        }),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"),
        fails(
            "cidr('10.0.0.0')",
            "network address parse error during conversion from string: network address parse \
             error during conversion from string: netip.ParsePrefix(\"10.0.0.0\"): no '/'",
        ),
    ],
    ..Function::PLAIN
};

fn cidr<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match parse(call.str(0)?) {
        Ok(cidr) => Ok(Val::Opaque(Opaque::Cidr(cidr))),
        Err(error) => Err(call.error(error)),
    }
}
