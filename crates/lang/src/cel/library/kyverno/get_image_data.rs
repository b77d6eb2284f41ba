//! `getImageData(image)`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static GET_IMAGE_DATA: Function = Function {
    name: "getImageData",
    about: "What a registry knows of an image, as `image.getMetadata`.",
    library: Library::ImageVerification,
    overloads: &[
        Overload::global(&[Ty::String], Ty::Dyn, get_image_data),
    ],
    examples: &[
        gives("getImageData('nginx').registry", "index.docker.io"),
        fails("getImageData('nope')", "failed to get image data: no such image"),
    ],
    ..Function::PLAIN
};

fn get_image_data<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let question = Question::ImageMetadata(call.str(0)?);
    ask(call, &question, "failed to get image data: ")
}
