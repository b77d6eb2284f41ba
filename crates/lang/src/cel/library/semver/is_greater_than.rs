//! `version.isGreaterThan(other)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_GREATER_THAN: Function = Function {
    name: "isGreaterThan",
    about: "Does it come after the other?",
    library: Library::Semver,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Bool, is_greater_than),
    ],
    examples: &[
        gives("semver('1.10.0').isGreaterThan(semver('1.9.0'))", "true"),
        fails(
            "semver('1.0.0').isGreaterThan('2.0.0')",
            "found no matching overload for 'isGreaterThan' applied to 'kubernetes.Semver.(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn is_greater_than<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(of(call, 0)? > of(call, 1)?))
}
