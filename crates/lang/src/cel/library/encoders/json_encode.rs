//! `json.encode(value)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static JSON_ENCODE: Function = Function {
    name: "json.encode",
    about: "The value as JSON. The reference counts more units for every call than any limit allows, so that it never yields a value there, nor here; write `json.marshal(value)`.",
    library: Library::Encoders,
    overloads: &[
        Overload::global(&[Ty::Dyn], Ty::String, json_encode),
    ],
    cost: Cost::Unlimited,
    examples: &[
        gives("true || json.encode({'a': 1}) == ''", "true"),
        fails("json.encode({'a': 1})", "operation cancelled: actual cost limit exceeded"),
    ],
    ..Function::PLAIN
};

fn json_encode<'v>(_: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Str(""))
}
