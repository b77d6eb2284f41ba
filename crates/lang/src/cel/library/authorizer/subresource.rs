//! `check.subresource(text)`

use super::{RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static SUBRESOURCE: Function = Function {
    name: "subresource",
    about: "The question about a subresource.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[RESOURCE_TYPE, Ty::String], RESOURCE_TYPE, subresource),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods').subresource('a=b'))", "kubernetes.authorization.ResourceCheck"),
        fails(
            "authorizer.group('').resource('pods').subresource(1)",
            "found no matching overload for 'subresource' applied to 'kubernetes.authorization.ResourceCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn subresource<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        subresource: text,
        ..question
    })
}
