//! `generator.apply(namespace, objects)`

use bumpalo::collections::Vec as BumpVec;

use super::ask::{OBJECT, ask};
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};
use crate::cel::val::Fault;

pub(super) static GENERATOR_APPLY: Function = Function {
    name: "apply",
    aliases: &["Apply"],
    about: "Creates objects once the policy is through.",
    library: Library::Generator,
    overloads: &[
        Overload::member(&[CONTEXT, Ty::String, Ty::List(&OBJECT)], Ty::Bool, apply),
    ],
    examples: &[
        gives("generator.apply('default', [{'kind': dyn('ConfigMap')}])", "true"),
        fails(
            "generator.Apply('kube-system', [{'kind': dyn('Secret')}])",
            "denied",
        ),
    ],
    ..Function::PLAIN
};

const CONTEXT: Ty = Ty::Opaque("generator.Context");

fn apply<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let list = call.arg(2).as_list().ok_or(Fault::NO_OVERLOAD)?;
    let mut objects = BumpVec::with_capacity_in(list.len(), call.bump);
    for object in list.iter() {
        objects.push(object.to_json(call.bump)?);
    }
    let question = Question::Generate {
        namespace: Some(call.str(1)?),
        objects: &objects,
    };
    ask(call, &question, "")
}
