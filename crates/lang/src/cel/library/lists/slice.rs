//! `list.slice(from, to)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Fault;

const A: Ty = Ty::Param("A");
const LIST: Ty = Ty::List(&A);

pub(super) static SLICE: Function = Function {
    name: "slice",
    about: "The elements from one index up to another, without that.",
    library: Library::Lists,
    overloads: &[
        Overload::member(&[LIST, Ty::Int, Ty::Int], LIST, slice),
    ],
    cost: Cost::Of(cost::list_result),
    examples: &[
        gives("[1, 2, 3].slice(1, 3)", "[2, 3]"),
        fails("[1].slice(0, 2)", "cannot slice(0, 2), list is length 1"),
        fails("[1].slice(-1, 1)", "cannot slice(-1, 1), negative indexes not supported"),
        fails(
            "[1, 2].slice(2, 1)",
            "cannot slice(2, 1), start index must be less than or equal to end index",
        ),
    ],
    ..Function::PLAIN
};

fn slice<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let (from, to) = (call.int(1)?, call.int(2)?);
    let refuse = |why| Err(call.error(format_args!("cannot slice({from}, {to}), {why}")));
    let (Ok(start), Ok(end)) = (usize::try_from(from), usize::try_from(to)) else {
        return refuse("negative indexes not supported".to_owned());
    };
    if start > end {
        return refuse("start index must be less than or equal to end index".to_owned());
    }
    if end > list.len() {
        return refuse(format!("list is length {}", list.len()));
    }
    Ok(call.list(list.iter().skip(start).take(end - start)))
}
