//! `image.getMetadata(reference)`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static IMAGE_GET_METADATA: Function = Function {
    name: "getMetadata",
    aliases: &["GetMetadata"],
    about: "What a registry knows of an image: `registry`, `repository`, `tag`, `digest`, `manifest`, `config` and the like.",
    library: Library::ImageMetadata,
    overloads: &[
        Overload::member(&[CONTEXT, Ty::String], Ty::Dyn, get_metadata),
    ],
    examples: &[
        gives("image.getMetadata('nginx').registry", "index.docker.io"),
        fails("image.GetMetadata('nope')", "failed to get image data: no such image"),
    ],
    ..Function::PLAIN
};

const CONTEXT: Ty = Ty::Opaque("imagedata.Context");

fn get_metadata<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let question = Question::ImageMetadata(call.str(1)?);
    ask(call, &question, "failed to get image data: ")
}
