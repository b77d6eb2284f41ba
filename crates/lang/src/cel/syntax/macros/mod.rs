//! Macros: calls that stand for other expressions. A new one is one entry in [`ALL`].

mod bind;
mod extremum;
mod fold;
mod has;
mod optional;
mod sort_by;
mod two_variables;

use super::ast::{Expr, ExprId, ExprKind};
use super::build::{ACCUMULATOR, Builder};
use crate::cel::library::Library;
use crate::value::Span;

/// A macro.
struct Macro {
    name: &'static str,
    /// Is it called on something, as in `list.all(x, ...)`?
    member: bool,
    /// How many arguments; `None` for any number.
    args: Option<usize>,
    /// With which library it comes.
    library: Library,
    expand: fn(&mut Builder<'_>, Call) -> Result<Expr, Refusal>,
}

/// Every macro.
const ALL: &[Macro] = &[
    has::HAS,
    fold::ALL,
    fold::EXISTS,
    fold::EXISTS_ONE,
    fold::MAP,
    fold::FILTER_MAP,
    fold::FILTER,
    two_variables::ALL,
    two_variables::EXISTS,
    two_variables::EXISTS_ONE,
    two_variables::EXISTS_ONE_CAMEL,
    two_variables::TRANSFORM_LIST,
    two_variables::FILTER_TRANSFORM_LIST,
    two_variables::TRANSFORM_MAP,
    two_variables::FILTER_TRANSFORM_MAP,
    two_variables::TRANSFORM_MAP_ENTRY,
    two_variables::FILTER_TRANSFORM_MAP_ENTRY,
    bind::BIND,
    optional::MAP,
    optional::FLAT_MAP,
    sort_by::SORT_BY,
    extremum::GREATEST,
    extremum::LEAST,
];

/// A call that may be a macro's.
struct Call {
    /// Where its parenthesis stands: what the expansion makes stands there too.
    place: Span,
    target: Option<Expr>,
    args: Vec<Expr>,
}

/// Why a call was not expanded.
pub(super) enum Refusal {
    /// It is no macro call; here are its parts again.
    NoMacro(Option<Expr>, Vec<Expr>),
    /// It is one, and wrong.
    Error(Span, String),
}

impl Refusal {
    fn error(build: &Builder<'_>, at: ExprId, message: impl Into<String>) -> Self {
        Refusal::Error(build.place_of(at), message.into())
    }
}

impl Call {
    /// The arguments, of which the list of macros has promised `N`.
    fn args<const N: usize>(self) -> Result<(Span, Option<Expr>, [Expr; N]), Refusal> {
        let (place, target) = (self.place, self.target);
        match <[Expr; N]>::try_from(self.args) {
            Ok(args) => Ok((place, target, args)),
            Err(args) => Err(Refusal::NoMacro(target, args)),
        }
    }

    /// The target and the arguments, of which the list of macros has promised `N`.
    fn on<const N: usize>(self) -> Result<(Span, Expr, [Expr; N]), Refusal> {
        let (place, target, args) = self.args()?;
        match target {
            Some(target) => Ok((place, target, args)),
            None => Err(Refusal::NoMacro(None, args.into())),
        }
    }

    /// Is it called on the bare name of a library, as `cel` or `math`?
    fn is_on(&self, library: &str) -> bool {
        let target = self.target.as_ref().map(|target| &target.kind);
        matches!(target, Some(ExprKind::Ident(name)) if name == library)
    }
}

/// Expands the call if it is a macro's.
pub(super) fn expand(
    build: &mut Builder<'_>,
    place: Span,
    function: &str,
    target: Option<Expr>,
    args: Vec<Expr>,
) -> Result<Expr, Refusal> {
    let found = ALL.iter().find(|candidate| {
        candidate.name == function
            && candidate.member == target.is_some()
            && candidate.args.is_none_or(|count| count == args.len())
            && build.libraries.has(candidate.library)
    });
    match found {
        Some(found) => (found.expand)(
            build,
            Call {
                place,
                target,
                args,
            },
        ),
        None => Err(Refusal::NoMacro(target, args)),
    }
}

/// The name that an argument must be, for the macro to bind it.
fn variable(build: &Builder<'_>, arg: &Expr, otherwise: &str) -> Result<String, Refusal> {
    match &arg.kind {
        ExprKind::Ident(name) if name == ACCUMULATOR || name == "__result__" => {
            Err(Refusal::error(
                build,
                arg.id,
                "iteration variable overwrites accumulator variable",
            ))
        }
        ExprKind::Ident(name) if !name.starts_with('.') => Ok(name.clone()),
        _ => Err(Refusal::error(build, arg.id, otherwise)),
    }
}
