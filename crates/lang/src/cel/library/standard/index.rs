//! `a[b]`: the element or entry.

use super::all::by_the_evaluator;
use crate::cel::library::{Function, Overload, Ty, fails, gives};

const LIST: Ty = Ty::List(&Ty::Param("A"));
const MAP: Ty = Ty::Map(&Ty::Param("A"), &Ty::Param("B"));

pub(super) static INDEX: Function = Function {
    name: "_[_]",
    about: "The element at an index, from 0 on, or the value under a key.",
    overloads: &[
        Overload::global(&[LIST, Ty::Int], Ty::Param("A"), by_the_evaluator),
        Overload::global(&[MAP, Ty::Param("A")], Ty::Param("B"), by_the_evaluator),
    ],
    examples: &[
        gives("['a', 'b'][1]", "b"),
        gives("{'a': 1}['a']", "1"),
        fails("['a'][1]", "index out of bounds: 1"),
        fails("{'a': 1}['b']", "no such key: b"),
        fails("[1][dyn('0')]", "unsupported index type 'string' in list"),
    ],
    ..Function::PLAIN
};
