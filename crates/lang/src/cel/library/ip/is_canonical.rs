//! `ip.isCanonical(text)`

use super::parse;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_CANONICAL: Function = Function {
    name: "ip.isCanonical",
    about: "Is this how the address that the text spells is written? That it is none is an error.",
    library: Library::Ip,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_canonical),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("ip.isCanonical('2001:db8::1')", "true"),
        gives("ip.isCanonical('2001:DB8::1')", "false"),
        fails(
            "ip.isCanonical('x')",
            "IP Address \"x\" parse error during conversion from string: ParseAddr(\"x\"): unable to \
             parse IP",
        ),
    ],
    ..Function::PLAIN
};

fn is_canonical<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    match parse(text) {
        Ok(ip) => Ok(Val::Bool(ip.to_string() == text)),
        Err(error) => Err(call.error(error)),
    }
}
