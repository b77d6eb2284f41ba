//! `lists.range(n)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static RANGE: Function = Function {
    name: "lists.range",
    about: "The whole numbers from 0 up to n, without n.",
    library: Library::Lists,
    overloads: &[
        Overload::global(&[Ty::Int], Ty::List(&Ty::Int), range),
    ],
    cost: Cost::Of(cost::list_result),
    examples: &[
        gives("lists.range(3)", "[0, 1, 2]"),
        gives("lists.range(-1)", "[]"),
        fails("lists.range(dyn(1.5))", "no such overload: lists.range(double)"),
        fails("lists.range(10000000)", "operation cancelled: actual cost limit exceeded"),
    ],
    ..Function::PLAIN
};

/// The most elements. Kubernetes' limit ends an evaluation that makes more, but the reference
/// makes them first.
const MOST: i64 = 1_000_000;

fn range<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let end = call.int(0)?;
    if end > MOST {
        return Err(Fault::CostLimit);
    }
    Ok(call.list((0..end).map(Val::Int)))
}
