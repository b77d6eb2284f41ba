//! `cel.bind(name, value, expression)`: gives a value a name within an expression.

use super::{Call, Macro, Refusal, variable};
use crate::cel::library::Library;
use crate::cel::syntax::ast::Expr;
use crate::cel::syntax::build::Builder;

pub(super) const BIND: Macro = Macro {
    name: "bind",
    member: true,
    args: Some(3),
    library: Library::Bindings,
    expand,
};

fn expand(build: &mut Builder<'_>, call: Call) -> Result<Expr, Refusal> {
    if !call.is_on("cel") {
        return Err(Refusal::NoMacro(call.target, call.args));
    }
    let (place, _, [name, value, body]) = call.args()?;
    let otherwise = "cel.bind() variable names must be simple identifiers";
    let name = variable(build, &name, otherwise)?;
    Ok(build.bind(place, &name, value, body))
}
