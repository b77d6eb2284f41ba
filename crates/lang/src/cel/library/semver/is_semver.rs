//! `isSemver(text, lenient?)`

use super::written;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static IS_SEMVER: Function = Function {
    name: "isSemver",
    about: "Does the text spell a semantic version?",
    library: Library::Semver,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_semver),
        Overload::global(&[Ty::String, Ty::Bool], Ty::Bool, is_semver),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("isSemver('1.2.3')", "true"),
        gives("isSemver('v1.2')", "false"),
        gives("isSemver('v1.2', true)", "true"),
        fails("isSemver(dyn(1))", "no such overload: isSemver(int)"),
    ],
    ..Function::PLAIN
};

fn is_semver<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let written = written(call).ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(written.is_ok()))
}
