//! `text.format(list)`: the text with the elements of the list put in.

use super::format::{Piece, pieces, print};
use crate::cel::library::{
    Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives,
};
use crate::cel::val::{Fault, Val};

pub(super) static FORMAT: Function = Function {
    name: "format",
    about: "The text with its clauses replaced by the elements of the list in turn: `%s` anything, \
            `%d` whole numbers, `%f` and `%e` floating point numbers (`%.2f`), `%x`, `%X`, `%o`, \
            `%b` other bases, `%%` a percent sign.",
    library: Library::Strings,
    overloads: &[
        Overload::member(&[Ty::String, Ty::List(&Ty::Dyn)], Ty::String, format),
    ],
    cost: Cost::Of(cost::first),
    examples: &[
        gives("'%s is %d'.format(['a', 1])", "a is 1"),
        gives("'%.2f'.format([1234.5])", "1,234.50"),
        gives("'%s'.format([{'b': [1.5], 'a': []}])", r#"{"a":[], "b":[1.500000]}"#),
        gives("'%x %X %o %b'.format([255, b'\\xab', 8, 5])", "ff AB 10 101"),
        fails("'%s %s'.format(['a'])", "index 1 out of range"),
        fails(
            "'%d'.format(['a'])",
            "error during formatting: decimal clause can only be used on integers, was given string",
        ),
        fails(
            "'%q'.format([1])",
            r#"could not parse formatting clause: unrecognized formatting clause "q""#,
        ),
    ],
    ..Function::PLAIN
};

fn format<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut text = String::new();
    let mut used = 0;
    for piece in pieces(call.str(0)?) {
        let clause = match piece {
            Ok(Piece::Text(plain)) => {
                text.push_str(plain);
                continue;
            }
            Ok(Piece::Clause(clause)) => Ok(clause),
            Err(error) => Err(error),
        };
        let Some(value) = list.get(used) else {
            return Err(call.error(format_args!("index {used} out of range")));
        };
        used += 1;
        let clause = clause.map_err(|error| call.error(error))?;
        if let Err(why) = print(clause, value, &mut text) {
            return Err(call.error(why.explain(clause)));
        }
    }
    Ok(Val::Str(call.bump.alloc_str(&text)))
}
