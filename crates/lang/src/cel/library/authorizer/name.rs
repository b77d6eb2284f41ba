//! `check.name(text)`

use super::{RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static NAME: Function = Function {
    name: "name",
    about: "The question about one object.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[RESOURCE_TYPE, Ty::String], RESOURCE_TYPE, name),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods').name('a=b'))", "kubernetes.authorization.ResourceCheck"),
        fails(
            "authorizer.group('').resource('pods').name(1)",
            "found no matching overload for 'name' applied to 'kubernetes.authorization.ResourceCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn name<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        name: text,
        ..question
    })
}
