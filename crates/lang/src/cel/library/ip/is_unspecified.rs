//! `ip.isUnspecified()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_UNSPECIFIED: Function = Function {
    name: "isUnspecified",
    about: "Is it `0.0.0.0` or `::`?",
    library: Library::Ip,
    overloads: &[
        Overload::member(&[TYPE], Ty::Bool, is_unspecified),
    ],
    examples: &[
        gives("ip('0.0.0.0').isUnspecified()", "true"),
        gives("ip('8.8.8.8').isUnspecified()", "false"),
        fails("dyn(1).isUnspecified()", "no such overload: isUnspecified(int)"),
    ],
    ..Function::PLAIN
};

fn is_unspecified<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let ip = of(call, 0)?;
    Ok(Val::Bool(ip.is_unspecified()))
}
