//! `version.compareTo(other)`

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static COMPARE_TO: Function = Function {
    name: "compareTo",
    about: "-1 if it comes before the other, 1 if after, 0 if neither.",
    library: Library::Semver,
    overloads: &[
        Overload::member(&[TYPE, TYPE], Ty::Int, compare_to),
    ],
    examples: &[
        gives("semver('1.0.0').compareTo(semver('2.0.0'))", "-1"),
        fails("semver('1.0').compareTo(semver('2.0.0'))", "No Major.Minor.Patch elements found"),
    ],
    ..Function::PLAIN
};

fn compare_to<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Int(of(call, 0)?.cmp(&of(call, 1)?) as i64))
}
