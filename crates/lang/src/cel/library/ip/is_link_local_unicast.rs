//! `ip.isLinkLocalUnicast()`

use std::net::IpAddr;

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_LINK_LOCAL_UNICAST: Function = Function {
    name: "isLinkLocalUnicast",
    about: "Is it in `169.254.0.0/16` or `fe80::/10`?",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_link_local_unicast),
    ],
    examples: &[
        gives("ip('fe80::1').isLinkLocalUnicast()", "true"),
        gives("ip('8.8.8.8').isLinkLocalUnicast()", "false"),
        fails("dyn(1).isLinkLocalUnicast()", "no such overload: isLinkLocalUnicast(int)"),
    ],
    ..Function::PLAIN
};

fn is_link_local_unicast<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let ip = of(call, 0)?;
    Ok(Val::Bool(match ip {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }))
}
