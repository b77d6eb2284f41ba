//! `ip.isLoopback()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_LOOPBACK: Function = Function {
    name: "isLoopback",
    about: "Is it an address of the host itself: `127.0.0.0/8` or `::1`?",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_loopback),
    ],
    examples: &[
        gives("ip('127.0.0.1').isLoopback()", "true"),
        gives("ip('8.8.8.8').isLoopback()", "false"),
        fails("dyn(1).isLoopback()", "no such overload: isLoopback(int)"),
    ],
    ..Function::PLAIN
};

fn is_loopback<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let ip = of(call, 0)?;
    Ok(Val::Bool(ip.is_loopback()))
}
