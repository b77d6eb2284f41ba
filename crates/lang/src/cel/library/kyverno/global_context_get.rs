//! `globalContext.get(name, projection?)`

use super::ask::ask;
use crate::cel::library::{Call, Function, Library, Outcome, Overload, Question, Ty, fails, gives};

pub(super) static GLOBAL_CONTEXT_GET: Function = Function {
    name: "get",
    aliases: &["Get"],
    about: "What a GlobalContextEntry holds, or one of its projections; `null` if there is none.",
    library: Library::GlobalContext,
    overloads: &[
        Overload::member(&[CONTEXT, Ty::String], Ty::Dyn, get),
        Overload::member(&[CONTEXT, Ty::String, Ty::String], Ty::Dyn, get),
    ],
    examples: &[
        gives("globalContext.get('entry').size()", "2"),
        gives("globalContext.Get('entry', 'first')", "a"),
        fails(
            "globalContext.get(1)",
            "found no matching overload for 'get' applied to 'globalcontext.Context.(int)'",
        ),
    ],
    ..Function::PLAIN
};

const CONTEXT: Ty = Ty::Opaque("globalcontext.Context");

fn get<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let projection = match call.args {
        [_, _] => None,
        _ => Some(call.str(2)?),
    };
    let question = Question::GlobalContext {
        name: call.str(1)?,
        projection,
    };
    ask(call, &question, "failed to get global reference: ")
}
