//! `check.namespace(text)`

use super::{RESOURCE_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Authorizer, RESOURCE_CHECK};

pub(super) static NAMESPACE: Function = Function {
    name: "namespace",
    about: "The question within a namespace.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[RESOURCE_TYPE, Ty::String], RESOURCE_TYPE, namespace),
    ],
    examples: &[
        gives("type(authorizer.group('').resource('pods').namespace('a=b'))", "kubernetes.authorization.ResourceCheck"),
        fails(
            "authorizer.group('').resource('pods').namespace(1)",
            "found no matching overload for 'namespace' applied to 'kubernetes.authorization.ResourceCheck.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn namespace<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    with(call, |question, text| Authorizer {
        type_name: RESOURCE_CHECK,
        namespace: text,
        ..question
    })
}
