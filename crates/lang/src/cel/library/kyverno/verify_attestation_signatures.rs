//! `verifyAttestationSignatures(image, attestation, attestors)`

use super::ask::ask;
use super::verify_image_signatures::names;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static VERIFY_ATTESTATION_SIGNATURES: Function = Function {
    name: "verifyAttestationSignatures",
    about: "How many of the attestors have signed the attestation of the image.",
    library: Library::ImageVerification,
    overloads: &[
        Overload::global(
            &[Ty::String, Ty::String, Ty::List(&Ty::Dyn)],
            Ty::Int,
            verify,
        ),
    ],
    examples: &[
        gives("verifyAttestationSignatures('nginx', 'sbom', ['notary'])", "1"),
        fails(
            "verifyAttestationSignatures('nginx', 'nope', ['notary'])",
            "attestation not found in policy: nope",
        ),
    ],
    ..Function::PLAIN
};

fn verify<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let attestors = names(call, 2)?;
    let question = Question::Verify {
        image: call.str(0)?,
        attestation: Some(call.str(1)?),
        attestors: &attestors,
    };
    ask(call, &question, "")
}
