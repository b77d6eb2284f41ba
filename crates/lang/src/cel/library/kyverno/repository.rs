//! `image.repository()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static REPOSITORY: Function = Function {
    name: "repository",
    about: "The repository, with `library/` where the hub means it.",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::String, repository),
    ],
    examples: &[
        gives("parseImageReference('ghcr.io/org/app:v1').repository()", "org/app"),
        fails("dyn('nginx').repository()", "no such overload: repository(string)"),
    ],
    ..Function::PLAIN
};

fn repository<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let reference = of(call)?;
    Ok(call.text(&reference.repository))
}
