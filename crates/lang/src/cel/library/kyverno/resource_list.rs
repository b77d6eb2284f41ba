//! `resource.list(apiVersion, resource, namespace, labels?)`

use super::ask::{GVR, OBJECT, RESOURCE, TEXTS, ask, objects, texts};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static RESOURCE_LIST: Function = Function {
    name: "list",
    aliases: &["List"],
    about: "The list of the objects of a type, with these labels if any are given: its `items`.",
    library: Library::Resource,
    overloads: &[
        Overload::member(&[RESOURCE, Ty::String, Ty::String, Ty::String], OBJECT, list),
        Overload::member(&[RESOURCE, Ty::String, Ty::String, Ty::String, TEXTS], OBJECT, list),
        Overload::member(&[RESOURCE, GVR, Ty::String], OBJECT, list),
        Overload::member(&[RESOURCE, GVR, Ty::String, TEXTS], OBJECT, list),
    ],
    examples: &[
        gives("resource.list('v1', 'configmaps', 'default').items.size()", "1"),
        gives("resource.List('v1', 'configmaps', 'default', {'a': 'b'}).items.size()", "0"),
        fails(
            "resource.list('v1', 'secrets', 'default')",
            "failed to list resource: permission denied",
        ),
    ],
    ..Function::PLAIN
};

fn list<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (objects, next) = objects(call, false, false)?;
    let labels = texts(call, next)?;
    ask(call, &Question::List(objects, &labels), "failed to list resource: ")
}
