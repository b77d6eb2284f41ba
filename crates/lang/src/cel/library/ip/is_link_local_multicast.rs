//! `ip.isLinkLocalMulticast()`

use std::net::IpAddr;

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_LINK_LOCAL_MULTICAST: Function = Function {
    name: "isLinkLocalMulticast",
    about: "Is it in `224.0.0.0/24` or `ff02::/16`?",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_link_local_multicast),
    ],
    examples: &[
        gives("ip('ff02::1').isLinkLocalMulticast()", "true"),
        gives("ip('8.8.8.8').isLinkLocalMulticast()", "false"),
        fails("dyn(1).isLinkLocalMulticast()", "no such overload: isLinkLocalMulticast(int)"),
    ],
    ..Function::PLAIN
};

fn is_link_local_multicast<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let ip = of(call, 0)?;
    Ok(Val::Bool(match ip {
        IpAddr::V4(v4) => matches!(v4.octets(), [224, 0, 0, _]),
        IpAddr::V6(v6) => v6.is_multicast() && v6.segments().first().is_some_and(|first| first & 0xf == 2),
    }))
}
