//! `list.sort()`

use super::comparable::{order, sort_overloads};
use crate::cel::library::{Call, Cost, Function, Library, Outcome, cost, fails, gives};
use crate::cel::val::Fault;

pub(super) static SORT: Function = Function {
    name: "sort",
    about: "The elements in their order. They must be of one type that has an order.",
    library: Library::Lists,
    overloads: &sort_overloads(sort),
    cost: Cost::Of(cost::pairs_of_first),
    examples: &[
        gives("[3, 1, 2].sort()", "[1, 2, 3]"),
        gives("['b', 'a'].sort()", r#"["a", "b"]"#),
        fails("[dyn(1), dyn('a')].sort()", "list elements must have the same type"),
        fails(
            "[[1]].sort()",
            "found no matching overload for 'sort' applied to 'list(list(int)).()'",
        ),
    ],
    ..Function::PLAIN
};

fn sort<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let items: Vec<_> = list.iter().collect();
    let places = order(list)?;
    Ok(call.list(places.into_iter().filter_map(|at| items.get(at).copied())))
}
