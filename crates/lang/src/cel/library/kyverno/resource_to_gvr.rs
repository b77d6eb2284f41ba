//! `resource.toGVR(apiVersion, kind)`

use super::ask::{GVR, RESOURCE, ask};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::{Opaque, ResourceType, Val};

pub(super) static RESOURCE_TO_GVR: Function = Function {
    name: "toGVR",
    aliases: &["ToGVR"],
    about: "The resource type of a kind, for `resource.get` and `resource.list`.",
    library: Library::Resource,
    overloads: &[
        Overload::member(&[RESOURCE, Ty::String, Ty::String], GVR, to_gvr),
    ],
    examples: &[
        gives("resource.get(resource.toGVR('v1', 'ConfigMap'), 'default', 'cm').data.a", "1"),
        fails("resource.toGVR('v1', 'Nope')", "failed to map kind: no such kind"),
    ],
    ..Function::PLAIN
};

fn to_gvr<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let question = Question::ResourceType {
        api_version: call.str(1)?,
        kind: call.str(2)?,
    };
    let found = ask(call, &question, "failed to map kind: ")?;
    let text = |key| {
        let found = found.as_map().and_then(|map| map.field(key));
        found.and_then(Val::as_str).unwrap_or_default()
    };
    let ty = ResourceType {
        group: text("group"),
        version: text("version"),
        resource: text("resource"),
    };
    Ok(Val::Opaque(Opaque::Resource(call.bump.alloc(ty))))
}
