//! `version.patch()`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static PATCH: Function = Function {
    name: "patch",
    about: "The third number of the version.",
    library: Library::Semver,
    overloads: &[
        Overload::member(&[TYPE], Ty::Int, patch),
    ],
    examples: &[
        gives("semver('1.2.3').patch()", "3"),
        fails("dyn('1.2.3').patch()", "no such overload: patch(string)"),
    ],
    ..Function::PLAIN
};

fn patch<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(of(call, 0)?.patch as i64))
}
