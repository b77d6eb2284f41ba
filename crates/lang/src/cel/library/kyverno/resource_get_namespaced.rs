//! `resource.get(apiVersion, resource, name)`

use super::ask::{GVR, OBJECT, RESOURCE, ask, objects};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static RESOURCE_GET_NAMESPACED: Function = Function {
    name: "get",
    aliases: &["Get"],
    about: "An object of the cluster; `null` if there is none. The namespace is that of the policy.",
    library: Library::NamespacedResource,
    overloads: &[
        Overload::member(
            &[RESOURCE, Ty::String, Ty::String, Ty::String],
            OBJECT,
            get,
        ),
        Overload::member(&[RESOURCE, GVR, Ty::String], OBJECT, get),
    ],
    examples: &[
        gives("resource.get('v1', 'configmaps', 'cm').data.a", "1"),
        gives("dyn(resource.Get('v1', 'configmaps', 'none')) == null", "true"),
        fails(
            "resource.get('v1', 'secrets', 's')",
            "failed to get resource: permission denied",
        ),
    ],
    ..Function::PLAIN
};

fn get<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let (object, _) = objects(call, true, true)?;
    ask(call, &Question::Get(object), "failed to get resource: ")
}
