//! `image.identifier()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static IDENTIFIER: Function = Function {
    name: "identifier",
    about: "The digest, or else the tag.",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::String, identifier),
    ],
    examples: &[
        gives("parseImageReference('nginx').identifier()", "latest"),
        fails("dyn('nginx').identifier()", "no such overload: identifier(string)"),
    ],
    ..Function::PLAIN
};

fn identifier<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let reference = of(call)?;
    Ok(call.text(match reference.digest {
        "" => reference.tag,
        digest => digest,
    }))
}
