//! `authorizer.path(text)`

use super::{AUTHORIZER_TYPE, PATH_CHECK, PATH_TYPE, with};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Authorizer;

pub(super) static PATH: Function = Function {
    name: "path",
    about: "The question about a path that is no resource.",
    library: Library::Authorizer,
    overloads: &[
        Overload::member(&[AUTHORIZER_TYPE, Ty::String], PATH_TYPE, path),
    ],
    examples: &[
        gives("type(authorizer.path('/healthz'))", "kubernetes.authorization.PathCheck"),
        fails("authorizer.path('')", "path must not be empty"),
        fails(
            "authorizer.path(1)",
            "found no matching overload for 'path' applied to 'kubernetes.authorization.Authorizer.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn path<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    if call.str(1)?.trim().is_empty() {
        return Err(call.error("path must not be empty"));
    }
    with(call, |question, text| Authorizer {
        type_name: PATH_CHECK,
        path: Some(text),
        ..question
    })
}
