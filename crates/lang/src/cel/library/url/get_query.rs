//! `url.getQuery()`

use std::collections::BTreeMap;

use super::{TYPE, of};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::MapBuilder;

pub(super) static GET_QUERY: Function = Function {
    name: "getQuery",
    about: "The parameters of the query: each with its values in order.",
    library: Library::Url,
    overloads: &[
        Overload::member(
            &[TYPE],
            Ty::Map(&Ty::String, &Ty::List(&Ty::String)),
            get_query,
        ),
    ],
    examples: &[
        gives("url('http://h?x=1&x=2&y=').getQuery()", r#"{"x":["1", "2"], "y":[""]}"#),
        fails("dyn(1).getQuery()", "no such overload: getQuery(int)"),
    ],
    ..Function::PLAIN
};

fn get_query<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (key, value) in of(call)?.query() {
        parameters.entry(key).or_default().push(value);
    }
    let mut map = MapBuilder::new(call.bump);
    for (key, values) in parameters {
        let values = call.list(values.iter().map(|value| call.text(value)));
        map.insert(call.text(&key), values)?;
    }
    Ok(map.finish())
}
