//! `semver(text, lenient?)`

use super::{TYPE, written};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Opaque, Val};

pub(super) static SEMVER: Function = Function {
    name: "semver",
    about: "The semantic version that a text spells. `lenient` admits a leading `v`, leading zeros and missing numbers.",
    library: Library::Semver,
    overloads: &[
        Overload::global(&[Ty::String], TYPE, semver),
        Overload::global(&[Ty::String, Ty::Bool], TYPE, semver),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("semver('1.2.3-rc.1').isLessThan(semver('1.2.3'))", "true"),
        gives("semver('v01.2', true) == semver('1.2.0')", "true"),
        fails("semver('1.2')", "No Major.Minor.Patch elements found"),
    ],
    ..Function::PLAIN
};

fn semver<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    match written(call).ok_or(Fault::NO_OVERLOAD)? {
        Ok(text) => Ok(Val::Opaque(Opaque::Semver(call.bump.alloc_str(&text)))),
        Err(error) => Err(call.error(error)),
    }
}
