//! `list.indexOf(element)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal};

const A: Ty = Ty::Param("A");

pub(super) static INDEX_OF: Function = Function {
    name: "indexOf",
    about: "Where the list first has the element; -1 if nowhere.",
    library: Library::KubernetesLists,
    overloads: &[
        Overload::member(&[Ty::List(&A), A], Ty::Int, index_of),
    ],
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("[1, 2, 1].indexOf(1)", "0"),
        gives("[1].indexOf(5)", "-1"),
        fails(
            "[1].indexOf('a')",
            "found no matching overload for 'indexOf' applied to 'list(int).(string)'",
        ),
    ],
    ..Function::PLAIN
};

fn index_of<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (list, wanted) = (call.arg(0), call.arg(1));
    let list = list.as_list().ok_or(Fault::NO_OVERLOAD)?;
    let found = list.iter().position(|item| equal(item, wanted));
    Ok(Val::Int(found.map_or(-1, |place| place as i64)))
}
