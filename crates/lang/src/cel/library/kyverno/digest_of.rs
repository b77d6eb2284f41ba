//! `image.digest()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static DIGEST_OF: Function = Function {
    name: "digest",
    about: "The digest, if there is one.",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::String, digest_of),
    ],
    examples: &[
        gives("parseImageReference('nginx').digest()", ""),
        fails("dyn('nginx').digest()", "no such overload: digest(string)"),
    ],
    ..Function::PLAIN
};

fn digest_of<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let reference = of(call)?;
    Ok(call.text(reference.digest))
}
