//! `string(ip)`

use super::TYPE;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static STRING: Function = Function {
    name: "string",
    about: "The address as text, in its canonical form.",
    library: Library::Ip,
    overloads: &[
        Overload::global(&[TYPE], Ty::String, string),
    ],
    examples: &[
        gives("string(ip('2001:0DB8::1'))", "2001:db8::1"),
        fails("string(ip('x')) == ''", "IP Address \"x\" parse error during conversion from string: ParseAddr(\"x\"): unable to parse IP"),
    ],
    ..Function::PLAIN
};

fn string<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(call.print(call.arg(0)))
}
