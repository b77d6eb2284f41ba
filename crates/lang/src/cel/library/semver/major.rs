//! `version.major()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static MAJOR: Function = Function {
    name: "major",
    about: "The first number of the version.",
    library: Library::Semver,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, major),
    ],
    examples: &[
        gives("semver('1.2.3').major()", "1"),
        fails("dyn('1.2.3').major()", "no such overload: major(string)"),
    ],
    ..Function::PLAIN
};

fn major<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(of(call, 0)?.major as i64))
}
