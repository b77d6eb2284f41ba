//! `decision.allowed()`

use super::{DECISION_TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ALLOWED: Function = Function {
    name: "allowed",
    about: "Is it allowed?",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[DECISION_TYPE], Ty::Bool, allowed),
    ],
    examples: &[
        gives("authorizer.group('').resource('pods').check('get').allowed()", "true"),
        fails("dyn(1).allowed()", "no such overload: allowed(int)"),
    ],
    ..Function::PLAIN
};

fn allowed<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let decision = of(call)?.decision.ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(decision.allowed))
}
