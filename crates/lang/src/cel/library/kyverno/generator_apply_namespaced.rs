//! `generator.apply(objects)`

use bumpalo::collections::Vec as BumpVec;

use super::ask::{OBJECT, ask};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::Fault;

pub(super) static GENERATOR_APPLY_NAMESPACED: Function = Function {
    name: "apply",
    aliases: &["Apply"],
    about: "Creates objects once the policy is through, in the namespace of the policy.",
    library: Library::NamespacedGenerator,
    overloads: &[
        Overload::member(&[CONTEXT, Ty::List(&OBJECT)], Ty::Bool, apply),
    ],
    examples: &[
        gives("generator.apply([{'kind': dyn('ConfigMap')}])", "true"),
        fails(
            "generator.Apply([{'kind': dyn('Secret')}])",
            "denied",
        ),
    ],
    ..Function::PLAIN
};

const CONTEXT: Ty = Ty::Opaque("generator.Context");

fn apply<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(1).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut objects = BumpVec::with_capacity_in(list.len(), call.bump);
    for object in list.iter() {
        objects.push(object.to_json(call.bump)?);
    }
    let question = Question::Generate {
        namespace: None,
        objects: &objects,
    };
    ask(call, &question, "")
}
