//! `json.unmarshal(text)`

use super::json_marshal::JSON;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::Val;
use crate::value::parse_json;

pub(super) static JSON_UNMARSHAL: Function = Function {
    name: "unmarshal",
    aliases: &["Unmarshal"],
    about: "The value that a text in JSON spells. Every number is a floating point number.",
    library: Library::Json,
    overloads: &[
        Overload::member(&[JSON, Ty::Dyn], Ty::Dyn, unmarshal),
    ],
    examples: &[
        gives("json.unmarshal('{\"a\": [1, null]}').a[0]", "1"),
        gives("json.Unmarshal('true')", "true"),
        fails("json.unmarshal('{')", "unexpected end of JSON input"),
        fails("json.unmarshal(1)", "unsupported type conversion from 'int' to string"),
    ],
    ..Function::PLAIN
};

fn unmarshal<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let Val::Str(text) = call.arg(1) else {
        let ty = call.arg(1).type_name();
        return Err(call.error(format_args!(
            "unsupported type conversion from '{ty}' to string"
        )));
    };
    match parse_json(call.bump, text) {
        Ok(value) => Ok(Val::from(value)),
        Err(error) => Err(call.error(error)),
    }
}
