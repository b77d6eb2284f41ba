//! `a[b]`: the element or entry.

use super::all::by_the_evaluator;
use crate::cel::library::{Function, Overload, Ty, fails, gives};

const LIST: Ty = Ty::List(&Ty::Param("A"));
const MAP: Ty = Ty::Map(&Ty::Param("A"), &Ty::Param("B"));
/// What is chosen from an optional is one.
const MAYBE_A: Ty = Ty::Optional(&Ty::Param("A"));
const MAYBE_B: Ty = Ty::Optional(&Ty::Param("B"));

pub(super) static INDEX: Function = Function {
    name: "_[_]",
    about: "The element at an index, from 0 on, or the value under a key.",
    overloads: &[
        Overload::global(&[LIST, Ty::Int], Ty::Param("A"), by_the_evaluator),
        Overload::global(&[MAP, Ty::Param("A")], Ty::Param("B"), by_the_evaluator),
        Overload::global(&[Ty::Optional(&LIST), Ty::Int], MAYBE_A, by_the_evaluator),
        Overload::global(&[Ty::Optional(&MAP), Ty::Param("A")], MAYBE_B, by_the_evaluator),
    ],
    examples: &[
        gives("['a', 'b'][1]", "b"),
        gives("{'a': 1}['a']", "1"),
        gives("optional.of({'a': 1})['a'].orValue(2)", "1"),
        gives("optional.of([1])[3].orValue(2)", "2"),
        fails("['a'][1]", "index out of bounds: 1"),
        fails("{'a': 1}['b']", "no such key: b"),
        fails("[1][dyn('0')]", "unsupported index type 'string' in list"),
    ],
    ..Function::PLAIN
};
