//! `list.max()`

use std::cmp::Ordering;

use super::extreme::{extreme, overloads};
use crate::cel::library::{Cost, Function, Library, cost, fails, gives};

pub(super) static MAX: Function = Function {
    name: "max",
    about: "The greatest element. That the list is empty is an error.",
    library: Library::KubernetesLists,
    overloads: &overloads(|call| extreme(call, "max", Ordering::Greater)),
    cost: Cost::Of(cost::traversal),
    examples: &[gives("[3, 1, 2].max()", "3"), fails("dyn([]).max()", "max called on empty list"), fails("dyn([[1]]).max()", "no such overload: max(list)")],
    ..Function::PLAIN
};
