//! `list.lastIndexOf(element)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal};

const A: Ty = Ty::Param("A");

pub(super) static LAST_INDEX_OF: Function = Function {
    name: "lastIndexOf",
    about: "Where the list last has the element; -1 if nowhere.",
    library: Library::KubernetesLists,
    overloads: &[
        Overload::member(&[Ty::List(&A), A], Ty::Int, last_index_of),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("[1, 2, 1].lastIndexOf(1)", "2"),
        gives("[1].lastIndexOf(5)", "-1"),
        fails(
            "[1].lastIndexOf('a')",
            "found no matching overload for 'lastIndexOf' applied to 'list(int).(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn last_index_of<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (list, wanted) = (call.arg(0), call.arg(1));
    let list = list.as_list().ok_or(Fault::NO_OVERLOAD)?;
    let places = list.iter().enumerate();
    let found = places
        .filter(|(_, item)| equal(*item, wanted))
        .map(|(place, _)| place)
        .last();
    Ok(Val::Int(found.map_or(-1, |place| place as i64)))
}
