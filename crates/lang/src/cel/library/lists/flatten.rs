//! `list.flatten(depth?)`

use crate::cel::library::{Call, Cost, Dispatch, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, List, Val};

const A: Ty = Ty::Param("A");
const LIST: Ty = Ty::List(&A);

pub(super) static FLATTEN: Function = Function {
    name: "flatten",
    about: "The elements of the lists in a list, down to a depth; 1 unless given.",
    library: Library::Lists,
    overloads: &[
        Overload::member(&[Ty::List(&LIST)], LIST, flatten),
        Overload::member(&[Ty::List(&Ty::Dyn), Ty::Int], Ty::List(&Ty::Dyn), flatten),
    ],
    dispatch: Dispatch::One,
    cost: Cost::Of(cost::list_result),
    examples: &[
        gives("[[1], [2, 3], []].flatten()", "[1, 2, 3]"),
        gives("[[[1]], [[2, 3]]].flatten(2)", "[1, 2, 3]"),
        fails("[1].flatten()", "found no matching overload for 'flatten' applied to 'list(int).()'"),
        fails("[[1]].flatten(-1)", "level must be non-negative"),
    ],
    ..Function::PLAIN
};

fn flatten<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let depth = match call.args {
        [_] => 1,
        _ => call.int(1)?,
    };
    if depth < 0 {
        return Err(Fault::text("level must be non-negative"));
    }
    let mut flat = Vec::new();
    spread(list, depth, &mut flat);
    Ok(call.list(flat))
}

/// Values nest as deep as the text or document that made them, so this ends.
fn spread<'v>(list: List<'v>, depth: i64, flat: &mut Vec<Val<'v>>) {
    for item in list.iter() {
        match item {
            Val::List(inner) if depth > 0 => spread(inner, depth - 1, flat),
            other => flat.push(other),
        }
    }
}
