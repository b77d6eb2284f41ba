//! `cidr.ip()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, fails, gives, ip};
use crate::cel::val::{Opaque, Val};

pub(super) static IP: Function = Function {
    name: "ip",
    about: "The address of the network, as it is written.",
    library: Library::Cidr,
    overloads: &[
        Overload::member(&[TYPE], ip::TYPE, address),
    ],
    examples: &[
        gives("string(cidr('10.1.2.3/8').ip())", "10.1.2.3"),
        fails("dyn('10.0.0.0/8').ip()", "no such overload: ip(string)"),
    ],
    ..Function::PLAIN
};

fn address<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Opaque(Opaque::Ip(of(call, 0)?.ip())))
}
