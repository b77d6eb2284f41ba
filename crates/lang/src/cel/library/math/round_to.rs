//! `math.round(number, decimals)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static ROUND_TO: Function = Function {
    name: "math.round",
    about: "The number with so many decimals; a half goes away from zero.",
    library: Library::Round,
    overloads: &[
        Overload::global(&[Ty::Double, Ty::Int], Ty::Double, round_to),
    ],
    examples: &[
        gives("math.round(1.2345, 2)", "1.23"),
        gives("math.round(1234.5, -2)", "1200"),
        fails("math.round(5, 1)", "found no matching overload for 'math.round' applied to '(int, int)'"),
    ],
    ..Function::PLAIN
};

fn round_to<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (Val::Double(number), Val::Int(decimals)) = (call.arg(0), call.arg(1)) else {
        return Err(Fault::NO_OVERLOAD);
    };
    let scale = 10_f64.powi(decimals.clamp(-400, 400) as i32);
    Ok(Val::Double((number * scale).round() / scale))
}
