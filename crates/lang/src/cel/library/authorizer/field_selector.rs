//! `check.fieldSelector(text)`

use super::{RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static FIELD_SELECTOR: Function = Function {
    name: "fieldSelector",
    about: "The question about objects that a field selector selects.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[RESOURCE_TYPE, Ty::String], RESOURCE_TYPE, field_selector),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods').fieldSelector('a=b'))", "kubernetes.authorization.ResourceCheck"),
        fails(
            "authorizer.group('').resource('pods').fieldSelector(1)",
            "found no matching overload for 'fieldSelector' applied to 'kubernetes.authorization.ResourceCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn field_selector<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        field_selector: Some(text),
        ..question
    })
}
