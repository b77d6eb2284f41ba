//! `size(a)`: how many.

use crate::cel::library::{Call, Dispatch, Function, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, Val};

const LIST: Ty = Ty::List(&Ty::Param("A"));
const MAP: Ty = Ty::Map(&Ty::Param("A"), &Ty::Param("B"));

pub(super) static SIZE: Function = Function {
    name: "size",
    about: "The number of characters of a text, of bytes, of elements of a list, or of entries of \
            a map.",
    overloads: &[
        Overload::global(&[Ty::Bytes], Ty::Int, size),
        Overload::member(&[Ty::Bytes], Ty::Int, size),
        Overload::global(&[LIST], Ty::Int, size),
        Overload::member(&[LIST], Ty::Int, size),
        Overload::global(&[MAP], Ty::Int, size),
        Overload::member(&[MAP], Ty::Int, size),
        Overload::global(&[Ty::String], Ty::Int, size),
        Overload::member(&[Ty::String], Ty::Int, size),
    ],
    dispatch: Dispatch::OnFirst(|value| value.size().is_some()),
    examples: &[
        gives("size('né')", "2"),
        gives("[1, 2].size()", "2"),
        gives("size({'a': 1})", "1"),
        fails("size(dyn(1))", "no such overload: size"),
        fails("size(1)", "found no matching overload for 'size' applied to '(int)'"),
    ],
    ..Function::PLAIN
};

fn size<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let size = call.arg(0).size().ok_or(Fault::NO_OVERLOAD)?;
    Ok(Val::Int(size as i64))
}
