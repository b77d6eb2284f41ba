//! `image.tag()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static TAG: Function = Function {
    name: "tag",
    about: "The tag: `latest` unless given, nothing if there is a digest.",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::String, tag),
    ],
    examples: &[
        gives("parseImageReference('nginx:1.27').tag()", "1.27"),
        fails("dyn('nginx').tag()", "no such overload: tag(string)"),
    ],
    ..Function::PLAIN
};

fn tag<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let reference = of(call)?;
    Ok(call.text(reference.tag))
}
