//! `extractPayload(image, attestation)`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static EXTRACT_PAYLOAD: Function = Function {
    name: "extractPayload",
    about: "What an attestation of the image says.",
    library: Library::ImageVerification,
    overloads: &[
        Overload::global(&[Ty::String, Ty::String], Ty::Dyn, extract_payload),
    ],
    examples: &[
        gives("extractPayload('nginx', 'sbom').name", "nginx"),
        fails("extractPayload('nginx', 'nope')", "attestation not found in policy: nope"),
    ],
    ..Function::PLAIN
};

fn extract_payload<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let question = Question::Payload {
        image: call.str(0)?,
        attestation: call.str(1)?,
    };
    ask(call, &question, "")
}
