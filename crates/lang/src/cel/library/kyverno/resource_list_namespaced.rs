//! `resource.list(apiVersion, resource, labels?)`

use super::ask::{GVR, OBJECT, RESOURCE, TEXTS, ask, objects, texts};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static RESOURCE_LIST_NAMESPACED: Function = Function {
    name: "list",
    aliases: &["List"],
    about: "The list of the objects of a type, with these labels if any are given: its `items`. The namespace is that of the policy.",
    library: Library::NamespacedResource,
    overloads: &[
        Overload::member(&[RESOURCE, Ty::String, Ty::String], OBJECT, list),
        Overload::member(&[RESOURCE, Ty::String, Ty::String, TEXTS], OBJECT, list),
        Overload::member(&[RESOURCE, GVR], OBJECT, list),
        Overload::member(&[RESOURCE, GVR, TEXTS], OBJECT, list),
    ],
    examples: &[
        gives("resource.list('v1', 'configmaps').items.size()", "1"),
        gives("resource.List('v1', 'configmaps', {'a': 'b'}).items.size()", "0"),
        fails(
            "resource.list('v1', 'secrets')",
            "failed to list resource: permission denied",
        ),
    ],
    ..Function::PLAIN
};

fn list<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (objects, next) = objects(call, true, false)?;
    let labels = texts(call, next)?;
    ask(call, &Question::List(objects, &labels), "failed to list resource: ")
}
