//! `string(cidr)`

use super::TYPE;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static STRING: Function = Function {
    name: "string",
    about: "The network as text.",
    library: Library::Cidr,
    overloads: &[
        Overload::global(&[TYPE], Ty::String, string),
    ],
    examples: &[
        gives("string(cidr('10.0.0.5/8'))", "10.0.0.5/8"),
        fails("string(optional.of(1))", "found no matching overload for 'string' applied to '(optional_type(int))'"),
    ],
    ..Function::PLAIN
};

fn string<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(call.print(call.arg(0)))
}
