//! `a[?b]`: the element or entry, if there is one.

use super::or_value::by_the_evaluator;
use crate::cel::library::{Function, Library, Overload, Ty, fails, gives};

const A: Ty = Ty::Param("A");
const B: Ty = Ty::Param("B");
const LIST: Ty = Ty::List(&A);
const MAP: Ty = Ty::Map(&A, &B);

pub(super) static OPTIONAL_INDEX: Function = Function {
    name: "_[?_]",
    about: "The element at an index, or the value under a key, as an optional.",
    library: Library::Optionals,
    overloads: &[
        Overload::global(&[LIST, Ty::Int], Ty::Optional(&A), by_the_evaluator),
        Overload::global(
            &[Ty::Optional(&LIST), Ty::Int],
            Ty::Optional(&A),
            by_the_evaluator,
        ),
        Overload::global(&[MAP, A], Ty::Optional(&B), by_the_evaluator),
        Overload::global(&[Ty::Optional(&MAP), A], Ty::Optional(&B), by_the_evaluator),
    ],
    examples: &[
        gives("[1, 2][?1].orValue(9)", "2"),
        gives("[1, 2][?5].orValue(9)", "9"),
        gives("{'a': 1}[?'b'].hasValue()", "false"),
        fails("[1][?dyn('a')]", "unsupported index type 'string' in list"),
    ],
    ..Function::PLAIN
};
