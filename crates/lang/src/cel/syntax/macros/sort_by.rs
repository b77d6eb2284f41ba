//! `list.sortBy(x, key)`: sorted by the key of each element.

use super::fold::mapped;
use super::{Call, Macro, Refusal, variable};
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Expr, ExprKind, Shape};
use crate::cel::syntax::build::Builder;

pub(super) const SORT_BY: Macro = Macro {
    name: "sortBy",
    member: true,
    args: Some(2),
    library: Library::Lists,
    expand,
};

/// The list under a name that no text can spell.
const INPUT: &str = "@__sortBy_input__";

fn expand(build: &mut Builder<'_>, call: Call) -> Result<Expr, Refusal> {
    let (place, target, [name, key]) = call.on()?;
    if matches!(
        target.kind,
        ExprKind::Literal(_) | ExprKind::Map(_) | ExprKind::Struct { .. }
    ) {
        let message = "sortBy can only be applied to a list, identifier, comprehension, call or \
                       select expression";
        return Err(Refusal::error(build, target.id, message));
    }
    let first = variable(build, &name, "argument is not an identifier")?;
    let input = build.ident(place, INPUT);
    let shape = Shape::Map { filtered: false };
    let keys = mapped(build, place, input, (first, None), None, key, shape);
    let input = build.ident(place, INPUT);
    let sorted = build.plain_member_call(place, input, "@sortByAssociatedKeys", vec![keys]);
    Ok(build.bind(place, INPUT, target, sorted))
}
