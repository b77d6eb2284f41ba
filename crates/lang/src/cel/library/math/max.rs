//! What `math.greatest` becomes.

use std::cmp::Ordering;

use super::extreme::{extreme, overloads};
use crate::cel::library::{Cost, Function, Library, cost, fails, gives};

pub(super) static MAX: Function = Function {
    name: "math.@max",
    about: "The greatest of the arguments, or of a list. `math.greatest` with any number of arguments becomes this.",
    library: Library::Math,
    overloads: &overloads(|call| extreme(call, "math.@max", Ordering::Greater)),
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("math.greatest(1, 5, 3)", "5"),
        gives("math.greatest([2.5, 1.5])", "2.5"),
        gives("math.greatest(1, 1.5)", "1.5"),
        fails("math.greatest(dyn([]))", "math.@max(list) argument must not be empty"),
        fails("math.greatest([])", "math.greatest() invalid single argument value"),
        fails("math.greatest('a', 'b')", "math.greatest() simple literal arguments must be numeric"),
        fails("math.greatest()", "math.greatest() requires at least one argument"),
    ],
    ..Function::PLAIN
};
