//! `cidr.masked()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, fails, gives};
use crate::cel::val::{Opaque, Val};

pub(super) static MASKED: Function = Function {
    name: "masked",
    about: "The same network with all other bits zero.",
    library: Library::Cidr,
    overloads: &[
        Overload::member(&[TYPE], TYPE, masked),
    ],
    examples: &[
        gives("string(cidr('10.1.2.3/8').masked())", "10.0.0.0/8"),
        fails("dyn(1).masked()", "no such overload: masked(int)"),
    ],
    ..Function::PLAIN
};

fn masked<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Opaque(Opaque::Cidr(of(call, 0)?.masked())))
}
