//! `cidr.containsIP(ip)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives, ip};
use crate::cel::val::{Fault, Val};

pub(super) static CONTAINS_IP: Function = Function {
    name: "containsIP",
    about: "Is the address in the network? IPv4 and IPv6 never mix.",
    library: Library::Cidr,
    overloads: &[
        Overload::member(&[TYPE, ip::TYPE], Ty::Bool, contains_ip),
        Overload::member(&[TYPE, Ty::String], Ty::Bool, contains_ip),
    ],
    examples: &[
        gives("cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))", "false"),
        gives("cidr('2001:db8::/32').containsIP('2001:db8::1')", "true"),
        fails("cidr('10.0.0.0/8').containsIP('x')", "no such overload"),
    ],
    ..Function::PLAIN
};

fn contains_ip<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let cidr = of(call, 0)?;
    let ip = match call.arg(1) {
        Val::Str(text) => ip::parse(text).map_err(|_| Fault::NO_OVERLOAD)?,
        _ => ip::of(call, 1)?,
    };
    Ok(Val::Bool(cidr.contains(ip)))
}
