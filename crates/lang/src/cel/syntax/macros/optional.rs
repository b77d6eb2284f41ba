//! `optMap` and `optFlatMap`: an expression over the value of an optional, if it has one.

use super::{Call, Macro, Refusal, variable};
use crate::cel::library::Library;
use crate::cel::syntax::ast::Expr;
use crate::cel::syntax::build::Builder;

pub(super) const MAP: Macro = Macro {
    name: "optMap",
    member: true,
    args: Some(2),
    library: Library::Optionals,
    expand: |build, call| {
        let otherwise = "optMap() variable name must be a simple identifier";
        expand(build, call, otherwise, true)
    },
};

pub(super) const FLAT_MAP: Macro = Macro {
    name: "optFlatMap",
    expand: |build, call| {
        let otherwise = "optFlatMap() variable name must be a simple identifier";
        expand(build, call, otherwise, false)
    },
    ..MAP
};

/// `target.hasValue() ? (let name = target.value() in body) : optional.none()`
fn expand(
    build: &mut Builder<'_>,
    call: Call,
    otherwise: &str,
    wrap: bool,
) -> Result<Expr, Refusal> {
    let (place, target, [name, body]) = call.on()?;
    let name = variable(build, &name, otherwise)?;
    let again = build.copy(&target);
    let test = build.plain_member_call(place, target, "hasValue", Vec::new());
    let value = build.plain_member_call(place, again, "value", Vec::new());
    let mut some = build.bind(place, &name, value, body);
    if wrap {
        some = build.call(place, "optional.of", vec![some]);
    }
    let none = build.call(place, "optional.none", Vec::new());
    Ok(build.call(place, "_?_:_", vec![test, some, none]))
}
