//! `ip.isGlobalUnicast()`

use std::net::IpAddr;

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_GLOBAL_UNICAST: Function = Function {
    name: "isGlobalUnicast",
    about: "Is it an address of one host, and not only on its link? Private addresses are.",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_global_unicast),
    ],
    examples: &[
        gives("ip('10.0.0.1').isGlobalUnicast()", "true"),
        gives("ip('127.0.0.1').isGlobalUnicast()", "false"),
        fails("dyn(1).isGlobalUnicast()", "no such overload: isGlobalUnicast(int)"),
    ],
    ..Function::PLAIN
};

fn is_global_unicast<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let ip = of(call, 0)?;
    Ok(Val::Bool({
        let local = match ip {
            IpAddr::V4(v4) => v4.is_link_local() || v4.is_broadcast(),
            IpAddr::V6(v6) => v6.is_unicast_link_local(),
        };
        !(local || ip.is_unspecified() || ip.is_loopback() || ip.is_multicast())
    }))
}
