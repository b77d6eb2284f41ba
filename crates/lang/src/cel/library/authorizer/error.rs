//! `decision.error()`

use super::{DECISION_TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ERROR: Function = Function {
    name: "error",
    about: "Why the authorizer could not decide.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[DECISION_TYPE], Ty::String, error),
    ],
    examples: &[
        gives("authorizer.group('').resource('pods').check('get').error()", ""),
        fails("dyn(1).error()", "no such overload: error(int)"),
    ],
    ..Function::PLAIN
};

fn error<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let decision = of(call)?.decision.ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Str(decision.error))
}
