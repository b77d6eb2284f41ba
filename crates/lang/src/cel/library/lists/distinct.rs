//! `list.distinct()`

use std::collections::HashSet;

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal};

const A: Ty = Ty::Param("A");
const LIST: Ty = Ty::List(&A);

pub(super) static DISTINCT: Function = Function {
    name: "distinct",
    about: "The elements, each value once, where it first stands.",
    library: Library::Lists,
    overloads: &[
        Overload::member(&[LIST], LIST, distinct),
    ],
    cost: Cost::Of(cost::pairs_of_first),
    examples: &[
        gives("[1, 2, 1].distinct()", "[1, 2]"),
        gives("[dyn(1), dyn(1.0), dyn('1')].distinct()", r#"[1, "1"]"#),
        fails("dyn(1).distinct()", "no such overload: distinct(int)"),
    ],
    ..Function::PLAIN
};

fn distinct<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut kept: Vec<Val<'v>> = Vec::new();
    let mut texts = HashSet::new();
    for item in list.iter() {
        // Texts, the common case, take no comparison with each other element.
        let new = match item {
            Val::Str(text) => texts.insert(text),
            _ => !kept.iter().any(|other| equal(*other, item)),
        };
        if new {
            kept.push(item);
        }
    }
    Ok(call.list(kept))
}
