//! `a in b`: is it an element, or a key?

use crate::cel::library::{Call, Cost, Dispatch, Function, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val, equal};

const LIST: Ty = Ty::List(&Ty::Param("A"));
const MAP: Ty = Ty::Map(&Ty::Param("A"), &Ty::Param("B"));

pub(super) static IN: Function = Function {
    name: "@in",
    about: "Is the value an element of the list, or a key of the map?",
    overloads: &[
        Overload::global(&[Ty::Param("A"), LIST], Ty::Bool, is_in).costs(Cost::Of(cost::elements)),
        Overload::global(&[Ty::Param("A"), MAP], Ty::Bool, is_in),
    ],
    dispatch: Dispatch::One,
    examples: &[
        gives("'a' in ['a', 'b']", "true"),
        gives("dyn(2.0) in [1, 2]", "true"),
        gives("'b' in {'a': 1}", "false"),
        fails("'a' in 'abc'", "found no matching overload for '@in' applied to '(string, string)'"),
        fails("'a' in dyn('abc')", "no such overload"),
        fails("dyn(b'a') in {'a': 1}", UNHASHABLE),
    ],
    ..Function::PLAIN
};

/// What an API server answers, too: its maps cannot be asked for bytes.
const UNHASHABLE: &str = "internal error: runtime error: hash of unhashable type types.Bytes";

fn is_in<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let wanted = call.arg(0);
    Ok(Val::Bool(match (call.arg(1), wanted) {
        (Val::List(list), _) => list.iter().any(|item| equal(item, wanted)),
        (Val::Map(map), Val::Bytes(_)) if !map.is_empty() => {
            return Err(Fault::text(UNHASHABLE));
        }
        (Val::Map(map), _) => map.get(wanted).is_some(),
        _ => return Err(Fault::NO_OVERLOAD),
    }))
}
