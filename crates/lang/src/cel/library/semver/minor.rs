//! `version.minor()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static MINOR: Function = Function {
    name: "minor",
    about: "The second number of the version.",
    library: Library::Semver,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, minor),
    ],
    examples: &[
        gives("semver('1.2.3').minor()", "2"),
        fails("dyn('1.2.3').minor()", "no such overload: minor(string)"),
    ],
    ..Function::PLAIN
};

fn minor<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(of(call, 0)?.minor as i64))
}
