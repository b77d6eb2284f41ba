//! `image.registry()`

use super::reference::{IMAGE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};

pub(super) static REGISTRY: Function = Function {
    name: "registry",
    about: "The registry; `index.docker.io` unless given.",
    library: Library::Image,
    overloads: &[
        Overload::member(&[IMAGE], Ty::String, registry),
    ],
    examples: &[
        gives("parseImageReference('nginx').registry()", "index.docker.io"),
        fails("dyn('nginx').registry()", "no such overload: registry(string)"),
    ],
    ..Function::PLAIN
};

fn registry<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let reference = of(call)?;
    Ok(call.text(reference.registry))
}
