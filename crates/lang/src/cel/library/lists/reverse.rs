//! `list.reverse()`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Fault;

const A: Ty = Ty::Param("A");
const LIST: Ty = Ty::List(&A);

pub(super) static REVERSE: Function = Function {
    name: "reverse",
    about: "The elements from the last to the first.",
    library: Library::Lists,
    overloads: &[
        Overload::member(&[LIST], LIST, reverse),
    ],
    cost: Cost::Of(cost::list_result),
    examples: &[
        gives("[1, 2, 3].reverse()", "[3, 2, 1]"),
        fails("'abc'.reverse()", "found no matching overload for 'reverse' applied to 'string.()'"),
    ],
    ..Function::PLAIN
};

fn reverse<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let items: Vec<_> = list.iter().collect();
    Ok(call.list(items.into_iter().rev()))
}
