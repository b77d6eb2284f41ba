//! `isImage(text)`

use super::reference::parse;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static IS_IMAGE: Function = Function {
    name: "isImage",
    about: "Does the text spell an image reference?",
    library: Library::Image,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Bool, is_image),
    ],
    examples: &[
        gives("isImage('nginx:1.27')", "true"),
        gives("isImage('nginx:')", "false"),
        fails("isImage(dyn(1))", "no such overload: isImage(int)"),
    ],
    ..Function::PLAIN
};

fn is_image<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(parse(call.str(0)?).is_some()))
}
