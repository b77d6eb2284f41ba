//! `listObjToMap(keys, values, keyField, valueField)`

use crate::cel::library::{Call, Function, Library, Outcome, Overload, Ty, fails, gives};
use crate::cel::val::{Fault, MapBuilder, Val};

pub(super) static LIST_OBJ_TO_MAP: Function = Function {
    name: "listObjToMap",
    aliases: &["transform.listObjToMap"],
    about: "A map from a field of each element of one list to a field of the element of another list at its place.",
    library: Library::Transform,
    overloads: &[
        Overload::global(
            &[LIST, LIST, Ty::String, Ty::String],
            Ty::Map(&Ty::String, &Ty::Dyn),
            list_obj_to_map,
        ),
    ],
    examples: &[
        gives("listObjToMap([{'k': 'a'}], [{'v': 1}], 'k', 'v')", r#"{"a":1}"#),
        gives("transform.listObjToMap([{'k': 'a'}], [{'x': 1}], 'k', 'v').a == null", "true"),
        fails(
            "listObjToMap([{'k': 'a'}], [], 'k', 'v')",
            "listObjToMap must take lists of equal length. list1: 1, list2: 0",
        ),
        fails(
            "listObjToMap([{'k': 1}], [{'v': 1}], 'k', 'v')",
            "the passed key name cannot be handled as a string in the key object list",
        ),
    ],
    ..Function::PLAIN
};

const LIST: Ty = Ty::List(&Ty::Dyn);

fn list_obj_to_map<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let keys = call.arg(0).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let values = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let (key_field, value_field) = (call.str(2)?, call.str(3)?);
    let (a, b) = (keys.len(), values.len());
    if a != b {
        return Err(call.error(format_args!(
            "listObjToMap must take lists of equal length. list1: {a}, list2: {b}"
        )));
    }
    let field = |value: Val<'v>, name| value.as_map().and_then(|map| map.field(name));
    let mut map = MapBuilder::new(call.bump);
    for (key, value) in keys.iter().zip(values) {
        let Some(key @ Val::Str(_)) = field(key, key_field) else {
            let problem = "the passed key name cannot be handled as a string in the key object list";
            return Err(Fault::text(problem));
        };
        map.insert(key, field(value, value_field).unwrap_or_default())?;
    }
    Ok(map.finish())
}
