//! `request.Header(name)`

use super::request::values;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, gives};

pub(super) static HEADER: Function = Function {
    name: "Header",
    about: "The values of a header of the request; the case of its name does not count.",
    library: Library::HttpAuthorization,
    overloads: &[
        Overload::member(&[Ty::Dyn, Ty::String], Ty::List(&Ty::String), header),
    ],
    examples: &[
        gives("{'attributes': {'header': {'Accept': ['a', 'b']}}}.Header('accept')[1]", "b"),
        gives("{'headers': {'a': 'b'}}.Header('A')[0]", "b"),
        gives("{'a': 'b'}.Header('c').size()", "0"),
    ],
    ..Function::PLAIN
};

fn header<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let name = call.str(1)?;
    Ok(values(call, &["header", "headers"], |own| own.eq_ignore_ascii_case(name)))
}
