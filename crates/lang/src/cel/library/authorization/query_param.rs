//! `request.QueryParam(name)`

use super::request::values;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};

pub(super) static QUERY_PARAM: Function = Function {
    name: "QueryParam",
    about: "The values of a query parameter of the request.",
    library: Library::HttpAuthorization,
    overloads: &[
        Overload::member(&[Ty::Dyn, Ty::String], Ty::List(&Ty::String), parameter),
    ],
    examples: &[
        gives("{'attributes': {'query': {'a': ['b', 'c']}}}.QueryParam('a')[1]", "c"),
        gives("{'query': {'a': 'b'}}.QueryParam('A').size()", "0"),
    ],
    ..Function::PLAIN
};

fn parameter<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let name = call.str(1)?;
    Ok(values(call, &["query"], |own| own == name))
}
