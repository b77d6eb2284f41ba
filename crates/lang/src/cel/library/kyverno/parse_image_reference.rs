//! `parseImageReference(text)`

use super::reference::{IMAGE, parse};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Opaque, Val};

pub(super) static PARSE_IMAGE_REFERENCE: Function = Function {
    name: "parseImageReference",
    aliases: &["image"],
    about: "The image reference that a text spells.",
    library: Library::Image,
    overloads: &[
        Overload::global(&[Ty::String], IMAGE, parse_image_reference),
    ],
    examples: &[
        gives("parseImageReference('nginx').repository()", "library/nginx"),
        gives("image('ghcr.io/org/app:v1').registry()", "ghcr.io"),
        fails("parseImageReference('UPPER')", "could not parse reference: UPPER"),
    ],
    ..Function::PLAIN
};

fn parse_image_reference<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let text = call.str(0)?;
    if parse(text).is_none() {
        return Err(call.error(format_args!("could not parse reference: {text}")));
    }
    Ok(Val::Opaque(Opaque::Image(text)))
}
