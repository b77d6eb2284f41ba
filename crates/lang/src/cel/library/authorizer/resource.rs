//! `check.resource(text)`

use super::{GROUP_TYPE, RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static RESOURCE: Function = Function {
    name: "resource",
    about: "The question about a resource of the group.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[GROUP_TYPE, Ty::String], RESOURCE_TYPE, resource),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods'))", "kubernetes.authorization.ResourceCheck"),
        fails("authorizer.group('').resource(' ')", "resource must not be empty"),
        fails(
            "authorizer.group('').resource(1)",
            "found no matching overload for 'resource' applied to 'kubernetes.authorization.GroupCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn resource<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    if call.str(1)?.trim().is_empty() {
        return Err(call.error("resource must not be empty"));
    }
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        resource: text,
        ..question
    })
}
