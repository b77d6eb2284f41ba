//! `ip(text)`

use super::{TYPE, parse};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives, Prepared};
use crate::cel::val::{Constant, Opaque, Val};

pub(super) static IP: Function = Function {
    name: "ip",
    about: "The IP address that a text spells, without a zone.",
    library: Library::Ip,
    overloads: &[
        Overload::global(&[Ty::String], TYPE, ip).prepares(|args| match args {
            [Some(Constant::Str(text))] => match parse(text) {
                Ok(ip) => Prepared::Value(Constant::Ip(ip)),
                Err(_) => Prepared::Nothing,
            },
            _ => Prepared::Nothing,
        }),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("ip('2001:db8:0::1') == ip('2001:db8::1')", "true"),
        fails(
            "ip('1.2.3')",
            "IP Address \"1.2.3\" parse error during conversion from string: \
             ParseAddr(\"1.2.3\"): IPv4 address too short",
        ),
        fails("ip('::ffff:1.2.3.4')", "IPv4-mapped IPv6 address \"::ffff:1.2.3.4\" is not allowed"),
    ],
    ..Function::PLAIN
};

fn ip<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match parse(call.str(0)?) {
        Ok(ip) => Ok(Val::Opaque(Opaque::Ip(ip))),
        Err(error) => Err(call.error(error)),
    }
}
