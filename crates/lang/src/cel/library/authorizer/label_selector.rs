//! `check.labelSelector(text)`

use super::{RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static LABEL_SELECTOR: Function = Function {
    name: "labelSelector",
    about: "The question about objects that a label selector selects.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[RESOURCE_TYPE, Ty::String], RESOURCE_TYPE, label_selector),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods').labelSelector('a=b'))", "kubernetes.authorization.ResourceCheck"),
        fails(
            "authorizer.group('').resource('pods').labelSelector(1)",
            "found no matching overload for 'labelSelector' applied to 'kubernetes.authorization.ResourceCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn label_selector<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        label_selector: Some(text),
        ..question
    })
}
