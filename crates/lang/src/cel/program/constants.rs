//! Conversions of constants, done when the expression is compiled.

use bumpalo::Bump;

use crate::cel::library::{self, Call, Libraries, Library, Nothing, Prepared};
use crate::cel::val::Constant;

/// The conversions that the reference computes when it compiles.
const CONVERSIONS: [&str; 10] = [
    "bool",
    "bytes",
    "double",
    "duration",
    "dyn",
    "int",
    "string",
    "timestamp",
    "type",
    "uint",
];

/// The constant converted by the function, or why it cannot be; `None` if the function is no
/// conversion, or yields what is no constant.
pub(super) fn convert(function: &str, constant: &Constant) -> Option<Result<Constant, String>> {
    if !CONVERSIONS.contains(&function) {
        return None;
    }
    let bump = Bump::new();
    let args = [constant.view()];
    let standard = Libraries::of(&[Library::Standard]);
    let found = library::find(function, standard);
    let mut overloads = found.iter().flat_map(|function| function.overloads);
    let Some(overload) = overloads.find(|overload| overload.takes(&args)) else {
        let [arg] = args;
        let ty = arg.type_name();
        return Some(Err(format!("no such overload: {function}({ty})")));
    };
    let call = Call {
        args: &args,
        bump: &bump,
        outside: &Nothing,
        prepared: &Prepared::Nothing,
    };
    match (overload.body)(&call) {
        Ok(value) => Constant::of(value).map(Ok),
        Err(fault) => Some(Err(fault.to_string())),
    }
}
