//! `dyn(value)`: of any type.

use crate::cel::library::{Call, Function, Outcome, Overload, Ty, fails, gives};

pub(super) static DYN: Function = Function {
    name: "dyn",
    about: "The value itself, whose type is then checked only when the expression runs.",
    overloads: &[Overload::global(&[Ty::Param("A")], Ty::Dyn, same)],
    examples: &[
        gives("dyn(1) == dyn('1')", "false"),
        fails("dyn(1) + dyn('1')", "no such overload"),
    ],
    ..Function::PLAIN
};

fn same<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(call.arg(0))
}
