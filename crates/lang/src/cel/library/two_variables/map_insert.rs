//! What `transformMap` and `transformMapEntry` put into their map.

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Fault;

const K: Ty = Ty::Param("K");
const V: Ty = Ty::Param("V");
const MAP: Ty = Ty::Map(&K, &V);

pub(super) static MAP_INSERT: Function = Function {
    name: "cel.@mapInsert",
    about: "The map with one more entry, or with those of another map. No text can call it; \
            `transformMap` and `transformMapEntry` are checked with it.",
    library: Library::TwoVariables,
    overloads: &[
        Overload::global(&[MAP, MAP], MAP, by_the_evaluator),
        Overload::global(&[MAP, K, V], MAP, by_the_evaluator),
    ],
    examples: &[
        gives("['a', 'b'].transformMap(i, v, v)", r#"{0:"a", 1:"b"}"#),
        gives("{'a': 'x'}.transformMapEntry(k, v, {v: k})", r#"{"x":"a"}"#),
        fails(
            "[1, 1].transformMapEntry(i, v, {v: i})",
            "insert failed: key 1 already exists",
        ),
        fails(
            "[1].transformMapEntry(i, v, 1)",
            "found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'",
        ),
    ],
    ..Function::PLAIN
};

/// The evaluator does not go through this call, so there is nothing to call.
fn by_the_evaluator<'v>(_: &Call<'_, 'v>) -> Outcome<'v> {
    Err(Fault::NO_OVERLOAD)
}
