//! What `math.least` becomes.

use std::cmp::Ordering;

use super::extreme::{extreme, overloads};
use crate::cel::library::{Cost, Function, Library, cost, fails, gives};

pub(super) static MIN: Function = Function {
    name: "math.@min",
    about: "The least of the arguments, or of a list. `math.least` with any number of arguments becomes this.",
    library: Library::Math,
    overloads: &overloads(|call| extreme(call, "math.@min", Ordering::Less)),
    cost: Cost::Of(cost::traversal),
    examples: &[
        gives("math.least(1, 5, 3)", "1"),
        gives("math.least([2.5, 1.5])", "1.5"),
        gives("math.least(1, 1.5)", "1"),
        fails("math.least(dyn([]))", "math.@min(list) argument must not be empty"),
        fails("math.least([])", "math.least() invalid single argument value"),
        fails("math.least('a', 'b')", "math.least() simple literal arguments must be numeric"),
        fails("math.least()", "math.least() requires at least one argument"),
    ],
    ..Function::PLAIN
};
