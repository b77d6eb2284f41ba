//! `image.containsDigest()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;

pub(super) static CONTAINS_DIGEST: Function = Function {
    name: "containsDigest",
    about: "Is there a digest?",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::Bool, contains_digest),
    ],
    examples: &[
        gives("parseImageReference('nginx').containsDigest()", "false"),
        fails("dyn('nginx').containsDigest()", "no such overload: containsDigest(string)"),
    ],
    ..Function::PLAIN
};

fn contains_digest<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    Ok(Val::Bool(!of(call)?.digest.is_empty()))
}
