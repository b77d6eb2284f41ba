//! What a function is: its page, its declarations, its code.

use bumpalo::Bump;

use super::Library;
use super::outside::Outside;
use super::ty::Ty;
use crate::cel::val::{Constant, Fault, List, Problem, Val};
use crate::scalar::regex::Regex;

/// A function, as it is documented, declared and called.
pub struct Function {
    /// The name in expressions; operators have names such as `_+_`.
    pub name: &'static str,
    /// Other names that it goes by.
    pub aliases: &'static [&'static str],
    /// What it yields, in a sentence or two.
    pub about: &'static str,
    /// The library that it comes with.
    pub library: Library,
    /// The types that it takes and yields.
    pub overloads: &'static [Overload],
    /// Calls and their results. They run as tests.
    pub examples: &'static [Example],
    pub(crate) dispatch: Dispatch,
    /// What a call costs, unless the checker finds an overload with a cost of its own.
    pub(crate) cost: Cost,
}

/// One way to call a function.
#[derive(Debug)]
pub struct Overload {
    /// Is it called on its first parameter, as in `text.size()`?
    pub member: bool,
    /// The types of the parameters.
    pub params: &'static [Ty],
    /// The type of the result.
    pub result: Ty,
    pub(crate) body: Body,
    /// What a call costs, if not what the function's calls cost.
    pub(crate) cost: Option<Cost>,
    /// Makes constant arguments ready when the expression is compiled.
    pub(crate) prepare: Option<Prepare>,
}

/// A call that the page shows, and that runs as a test.
pub struct Example {
    /// The expression.
    pub expr: &'static str,
    /// Its value as the reference's `format` prints it, or the text of its error.
    pub gives: Result<&'static str, &'static str>,
}

/// How a call finds its code when the checker could not settle the overload.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dispatch {
    /// By the types of the arguments; `no such overload: f(int)` when none fits.
    ByType,
    /// One body for all, if the first argument is of a kind that it knows;
    /// `no such overload: f` when not.
    OnFirst(fn(Val<'_>) -> bool),
    /// One body for all, which judges for itself.
    One,
}

/// The code of an overload.
pub(crate) type Body = for<'c, 'v> fn(&Call<'c, 'v>) -> Result<Val<'v>, Fault<'v>>;

/// Makes constants ready; the arguments that are none are `None`.
pub(crate) type Prepare = fn(&[Option<&Constant>]) -> Prepared;

/// What a call costs, in the units of Kubernetes' limits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Cost {
    /// One unit.
    One,
    /// By arguments and result.
    Of(for<'v> fn(&[Val<'v>], Val<'v>) -> u64),
    /// More than any limit allows: the reference's estimator has no figure for it.
    Unlimited,
}

/// What was made of constant arguments at compile time.
#[derive(Debug)]
pub(crate) enum Prepared {
    /// Nothing: the argument is no constant, or is not what it should be. The call will tell.
    Nothing,
    /// Nothing will come of the call, and the reference says so when it compiles.
    Refused(String),
    /// The result: the call can only yield this.
    Value(Constant),
    /// A regular expression.
    Regex(Regex),
}

/// The arguments of one call, and where it may allocate and ask.
pub(crate) struct Call<'c, 'v> {
    pub(crate) args: &'c [Val<'v>],
    pub(crate) bump: &'v Bump,
    pub(crate) outside: &'v dyn Outside,
    pub(crate) prepared: &'v Prepared,
}

impl Function {
    /// What most functions have in common. Every one says the rest itself.
    pub(crate) const PLAIN: Function = Function {
        name: "",
        aliases: &[],
        about: "",
        library: Library::Standard,
        overloads: &[],
        examples: &[],
        dispatch: Dispatch::ByType,
        cost: Cost::One,
    };
}

/// An example with a value.
pub(crate) const fn gives(expr: &'static str, text: &'static str) -> Example {
    Example {
        expr,
        gives: Ok(text),
    }
}

/// An example with an error.
pub(crate) const fn fails(expr: &'static str, error: &'static str) -> Example {
    Example {
        expr,
        gives: Err(error),
    }
}

impl Overload {
    /// Called as `f(...)`.
    pub(crate) const fn global(params: &'static [Ty], result: Ty, body: Body) -> Self {
        Overload {
            member: false,
            params,
            result,
            body,
            cost: None,
            prepare: None,
        }
    }

    /// Called as `x.f(...)`.
    pub(crate) const fn member(params: &'static [Ty], result: Ty, body: Body) -> Self {
        Overload {
            member: true,
            params,
            result,
            body,
            cost: None,
            prepare: None,
        }
    }

    /// With a cost of its own.
    pub(crate) const fn costs(self, cost: Cost) -> Self {
        Overload {
            cost: Some(cost),
            ..self
        }
    }

    /// With constants made ready.
    pub(crate) const fn prepares(self, prepare: Prepare) -> Self {
        Overload {
            prepare: Some(prepare),
            ..self
        }
    }

    /// Do these values have the types of the parameters? Of a list or a map only the first element
    /// is looked at, as in the reference.
    pub(crate) fn takes(&self, args: &[Val<'_>]) -> bool {
        args.len() == self.params.len()
            && args
                .iter()
                .zip(self.params)
                .all(|(arg, param)| param.fits(*arg))
    }
}

impl<'v> Call<'_, 'v> {
    /// The argument at `index`.
    pub(crate) fn arg(&self, index: usize) -> Val<'v> {
        self.args.get(index).copied().unwrap_or_default()
    }

    /// The text at `index`.
    pub(crate) fn str(&self, index: usize) -> Result<&'v str, Fault<'v>> {
        self.arg(index).as_str().ok_or(Fault::NO_OVERLOAD)
    }

    /// The whole number at `index`.
    pub(crate) fn int(&self, index: usize) -> Result<i64, Fault<'v>> {
        match self.arg(index) {
            Val::Int(number) => Ok(number),
            _ => Err(Fault::NO_OVERLOAD),
        }
    }

    /// A text made for the result.
    pub(crate) fn text(&self, text: &str) -> Val<'v> {
        Val::Str(self.bump.alloc_str(text))
    }

    /// A value as `string()` has it.
    pub(crate) fn print(&self, value: Val<'v>) -> Val<'v> {
        Val::Str(bumpalo::format!(in self.bump, "{}", value).into_bump_str())
    }

    /// A list made for the result.
    pub(crate) fn list<I>(&self, items: I) -> Val<'v>
    where
        I: IntoIterator<Item = Val<'v>>,
    {
        let mut made = bumpalo::collections::Vec::new_in(self.bump);
        made.extend(items);
        Val::List(List::made(made.into_bump_slice()))
    }

    /// An error whose text is made here.
    pub(crate) fn error(&self, text: impl std::fmt::Display) -> Fault<'v> {
        error_in(self.bump, text)
    }

    /// An optional with a value.
    pub(crate) fn some(&self, value: Val<'v>) -> Val<'v> {
        Val::Optional(Some(self.bump.alloc(value)))
    }
}

/// What a call ends with.
pub(crate) type Outcome<'v, T = Val<'v>> = Result<T, Fault<'v>>;

/// An error whose text is made in `bump`.
pub(crate) fn error_in<'v>(bump: &'v Bump, text: impl std::fmt::Display) -> Fault<'v> {
    Fault::Error(Problem::Text(
        bumpalo::format!(in bump, "{}", text).into_bump_str(),
    ))
}
