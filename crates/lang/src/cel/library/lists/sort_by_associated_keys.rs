//! `list.sortBy(x, key)`

use super::comparable::order;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::Fault;

const A: Ty = Ty::Param("A");
const LIST: Ty = Ty::List(&A);

pub(super) static SORT_BY_ASSOCIATED_KEYS: Function = Function {
    name: "@sortByAssociatedKeys",
    about: "The elements in the order of the keys that an expression gives them.",
    library: Library::Lists,
    overloads: &[
        Overload::member(&[LIST, Ty::List(&Ty::Param("K"))], LIST, sort),
    ],
    cost: Cost::Of(cost::pairs_of_first),
    examples: &[
        gives("['ccc', 'a', 'bb'].sortBy(x, size(x))", r#"["a", "bb", "ccc"]"#),
        fails("[1, 2].sortBy(x, {})", "list elements must be comparable"),
        fails("[1].sortBy(x.y, x)", "argument is not an identifier"),
    ],
    ..Function::PLAIN
};

fn sort<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let keys = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let items: Vec<_> = list.iter().collect();
    let places = order(keys)?;
    Ok(call.list(places.into_iter().filter_map(|at| items.get(at).copied())))
}
