//! `format.validate(text)`

use super::TYPE;
use super::form::problems;
use crate::cel::library::{Call, Cost, Function, Library, Outcome, Overload, Ty, cost, fails, gives};
use crate::cel::val::{Fault, Opaque, Val};

pub(super) static VALIDATE: Function = Function {
    name: "validate",
    about: "Why the text does not have the format, if it does not.",
    library: Library::Format,
    overloads: &[Overload::member(
        &[TYPE, Ty::String],
        Ty::Optional(&Ty::List(&Ty::String)),
        validate,
    )],
    cost: Cost::Of(cost::format),
    examples: &[
        gives("format.dns1123Label().validate('my-name').hasValue()", "false"),
        gives("format.dns1123Label().validate('a.b').value()", r#"["must not contain dots"]"#),
        fails(
            "format.dns1123Label().validate(1)",
            "found no matching overload for 'validate' applied to 'kubernetes.NamedFormat.(int)'",
        ),
    ],
    ..Function::PLAIN
};

fn validate<'v>(call: &Call<'_, 'v>) -> Outcome<'v> {
    let Val::Opaque(Opaque::Format(format)) = call.arg(0) else {
        return Err(Fault::NO_OVERLOAD);
    };
    let problems = problems(format, call.str(1)?);
    if problems.is_empty() {
        return Ok(Val::Optional(None));
    }
    Ok(call.some(call.list(problems.iter().map(|problem| call.text(problem)))))
}
