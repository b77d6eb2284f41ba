//! `has(a.b)`: is the field there?

use super::{Call, Macro, Refusal};
use crate::cel::library::Library;
use crate::cel::syntax::ast::{Expr, ExprKind};
use crate::cel::syntax::build::Builder;

pub(super) const HAS: Macro = Macro {
    name: "has",
    member: false,
    args: Some(1),
    library: Library::Standard,
    expand,
};

fn expand(build: &mut Builder<'_>, call: Call) -> Result<Expr, Refusal> {
    let (place, _, [arg]) = call.args()?;
    match arg.kind {
        ExprKind::Select { operand, field, .. } => Ok(build.node(
            place,
            ExprKind::Select {
                operand,
                field,
                test_only: true,
            },
        )),
        _ => Err(Refusal::error(
            build,
            arg.id,
            "invalid argument to has() macro",
        )),
    }
}
