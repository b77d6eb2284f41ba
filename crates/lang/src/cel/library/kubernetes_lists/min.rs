//! `list.min()`

use std::cmp::Ordering;

use super::extreme::{extreme, overloads};
use crate::cel::library::{Cost, Function, Library, cost, fails, gives};

pub(super) static MIN: Function = Function {
    name: "min",
    about: "The least element. That the list is empty is an error.",
    library: Library::KubernetesLists,
    overloads: &overloads(|call| extreme(call, "min", Ordering::Less)),
    cost: Cost::Of(cost::traversal),
    examples: &[gives("['b', 'a'].min()", "a"), fails("dyn([]).min()", "min called on empty list"), fails("dyn([[1]]).min()", "no such overload: min(list)")],
    ..Function::PLAIN
};
