//! `verifyImageSignatures(image, attestors)`

use bumpalo::collections::Vec as BumpVec;

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::Fault;

pub(super) static VERIFY_IMAGE_SIGNATURES: Function = Function {
    name: "verifyImageSignatures",
    about: "How many of the attestors have signed the image.",
    library: Library::ImageVerification,
    overloads: &[
        Overload::global(&[Ty::String, Ty::List(&Ty::Dyn)], Ty::Int, verify),
    ],
    examples: &[
        gives("verifyImageSignatures('nginx', ['notary'])", "1"),
        fails("verifyImageSignatures('nope', ['notary'])", "no such image"),
    ],
    ..Function::PLAIN
};

fn verify<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let attestors = names(call, 1)?;
    let question = Question::Verify {
        image: call.str(0)?,
        attestation: None,
        attestors: &attestors,
    };
    ask(call, &question, "")
}

/// The attestors at `index`, by their names.
pub(super) fn names<'v>(
    call: &Call<'_, 'v>,
    index: usize,
) -> Result<BumpVec<'v, &'v str>, Fault<'v>> {
    let list = call.arg(index).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut names = BumpVec::with_capacity_in(list.len(), call.bump);
    for item in list.iter() {
        names.push(item.as_str().ok_or(Fault::NO_OVERLOAD)?);
    }
    Ok(names)
}
