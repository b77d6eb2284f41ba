//! `math.greatest(...)` and `math.least(...)`: of any number of arguments, or of a list.

use super::{Call, Macro, Refusal};
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Expr, ExprKind, Item, Literal};
use crate::cel::syntax::build::Builder;

pub(super) const GREATEST: Macro = Macro {
    name: "greatest",
    member: true,
    args: None,
    library: Library::Math,
    expand: |build, call| expand(build, call, "math.greatest()", "math.@max"),
};

pub(super) const LEAST: Macro = Macro {
    name: "least",
    expand: |build, call| expand(build, call, "math.least()", "math.@min"),
    ..GREATEST
};

fn expand(
    build: &mut Builder<'_>,
    call: Call,
    name: &str,
    function: &str,
) -> Result<Expr, Refusal> {
    if !call.is_on("math") {
        return Err(Refusal::NoMacro(call.target, call.args));
    }
    let Call {
        place,
        target,
        args,
    } = call;
    match (args.as_slice(), target) {
        ([], Some(target)) => {
            let message = format!("{name} requires at least one argument");
            return Err(Refusal::error(build, target.id, message));
        }
        ([only], _) if !may_be_numbers(only) => {
            let message = format!("{name} invalid single argument value");
            return Err(Refusal::error(build, only.id, message));
        }
        ([_, _, ..], _) => {
            if let Some(wrong) = args.iter().find(|arg| !may_be_number(arg)) {
                let message = format!("{name} simple literal arguments must be numeric");
                return Err(Refusal::error(build, wrong.id, message));
            }
        }
        _ => {}
    }
    if args.len() <= 2 {
        return Ok(build.call(place, function, args));
    }
    let items = args.into_iter().map(|value| Item {
        value,
        optional: false,
    });
    let list = ExprKind::List(items.collect());
    let list = build.node(place, list);
    Ok(build.call(place, function, vec![list]))
}

/// A number, a list of numbers, or something whose type is not plain to see.
fn may_be_numbers(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::List(items) => {
            !items.is_empty() && items.iter().all(|item| may_be_number(&item.value))
        }
        _ => may_be_number(expr),
    }
}

fn may_be_number(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Literal(literal) => {
            matches!(
                literal,
                Literal::Int(_) | Literal::Uint(_) | Literal::Double(_)
            )
        }
        ExprKind::List(_) | ExprKind::Map(_) | ExprKind::Struct { .. } => false,
        _ => true,
    }
}
