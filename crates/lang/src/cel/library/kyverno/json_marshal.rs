//! `json.marshal(value)`

use super::ask::json;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::value::{JsonStyle, to_json_with};

pub(super) static JSON_MARSHAL: Function = Function {
    name: "marshal",
    aliases: &["Marshal"],
    about: "The value as JSON.",
    library: Library::Json,
    overloads: &[
        Overload::member(&[JSON, Ty::Dyn], Ty::String, marshal),
    ],
    examples: &[
        gives("json.marshal({'b': [1.0, 1.5], 'a': []})", r#"{"a":[],"b":[1,1.5]}"#),
        gives("json.Marshal('<')", r#""\u003c""#),
        fails("json.marshal({1: 'a'})", "unsupported type conversion from 'int' to string"),
        fails("json.marshal(double('NaN'))", "json: unsupported value: NaN"),
    ],
    ..Function::PLAIN
};

pub(super) const JSON: Ty = Ty::Opaque("json.Json");

fn marshal<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    // Not within lists and maps, but alone, the reference's null is a number.
    if let Val::Null = call.arg(1) {
        return Ok(Val::Str("0"));
    }
    let style = JsonStyle {
        escape_html: true,
        ..JsonStyle::default()
    };
    Ok(call.text(&to_json_with(json(call, 1)?, style)))
}
