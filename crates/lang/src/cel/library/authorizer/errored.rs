//! `decision.errored()`

use super::{DECISION_TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ERRORED: Function = Function {
    name: "errored",
    about: "Could the authorizer not decide?",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[DECISION_TYPE], Ty::Bool, errored),
    ],
    examples: &[
        gives("authorizer.group('').resource('pods').check('get').errored()", "false"),
        fails("dyn(1).errored()", "no such overload: errored(int)"),
    ],
    ..Function::PLAIN
};

fn errored<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let decision = of(call)?.decision.ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Bool(!decision.error.is_empty()))
}
