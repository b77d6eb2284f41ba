//! `authorizer.group(text)`

use super::{AUTHORIZER_TYPE, GROUP_CHECK, GROUP_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Authorizer;

pub(super) static GROUP: Function = Function {
    name: "group",
    about: "The question about the resources of an API group.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[AUTHORIZER_TYPE, Ty::String], GROUP_TYPE, group),
    ],
    examples: &[
        gives("type(authorizer.group('apps'))", "kubernetes.authorization.GroupCheck"),
        fails(
            "authorizer.group(1)",
            "found no matching overload for 'group' applied to 'kubernetes.authorization.Authorizer.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn group<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: GROUP_CHECK,
        group: text,
        ..question
    })
}
