//! `list.join(separator?)`

use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Val};

pub(super) static JOIN: Function = Function {
    name: "join",
    about: "The texts of a list one after the other, with the separator between them.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::List(&Ty::String)], Ty::String, join),
        Overload::member(&[Ty::List(&Ty::String), Ty::String], Ty::String, join),
    ],
    cost: Cost::Of(cost::result_twice),
    examples: &[
        gives("['a', 'b'].join()", "ab"),
        gives("['a', 'b'].join(', ')", "a, b"),
        fails("dyn([1]).join()", "no such overload: join(list)"),
    ],
    ..Function::PLAIN
};

fn join<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let separator = match call.args {
        [_] => "",
        _ => call.str(1)?,
    };
    let mut text = bumpalo::collections::String::new_in(call.bump);
    for (index, item) in list.iter().enumerate() {
        if index > 0 {
            text.push_str(separator);
        }
        text.push_str(item.as_str().ok_or(Fault::NO_OVERLOAD)?);
    }
    Ok(Val::Str(text.into_bump_str()))
}
