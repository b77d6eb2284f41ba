//! `type(value)`: its type.

use crate::cel::library::{Call, Function, Outcome, Overload, Ty, gives};
use crate::cel::val::Val;

pub(super) static TYPE: Function = Function {
    name: "type",
    about: "The type of the value.",
    overloads: &[Overload::global(
        &[Ty::Param("A")],
        Ty::Type(&Ty::Param("A")),
        type_of,
    )],
    examples: &[
        gives("type(1) == int", "true"),
        gives("type(duration('1s'))", "google.protobuf.Duration"),
        gives("type({})", "map"),
    ],
    ..Function::PLAIN
};

fn type_of<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Type(call.arg(0).type_name()))
}
