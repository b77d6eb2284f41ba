//! `resource.post(apiVersion, resource, object)`

use super::ask::{OBJECT, RESOURCE, ask, json};
use crate::cel::library::{Call, Function, Library, Object, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static RESOURCE_POST_NAMESPACED: Function = Function {
    name: "post",
    aliases: &["Post"],
    about: "What the API server makes of an object, such as a SubjectAccessReview. The namespace is that of the policy.",
    library: Library::NamespacedResource,
    overloads: &[
        Overload::member(&[RESOURCE, Ty::String, Ty::String, OBJECT], OBJECT, post),
    ],
    examples: &[
        gives(
            "resource.post('authorization.k8s.io/v1', 'subjectaccessreviews', {'spec': {}})\
             .status.allowed",
            "true",
        ),
        fails(
            "resource.Post('v1', 'secrets', {'a': 1})",
            "failed to create resource: permission denied",
        ),
    ],
    ..Function::PLAIN
};

fn post<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let last = call.args.len() - 1;
    let object = Object {
        api_version: call.str(1)?,
        resource: call.str(2)?,
        namespace: None,
        name: "",
    };
    let question = Question::Post(object, json(call, last)?);
    ask(call, &question, "failed to create resource: ")
}
