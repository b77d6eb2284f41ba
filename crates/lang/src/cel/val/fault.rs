//! What an evaluation can end with instead of a value.

use std::fmt;

/// Why there is no value.
#[derive(Clone, Copy, Debug)]
pub enum Fault<'v> {
    /// An error, which `&&`, `||` and the like may yet make irrelevant.
    Error(Problem<'v>),
    /// A fact is missing. Whoever was asked for it knows which; nothing makes this irrelevant.
    Missing,
    /// The expression costs more than it may.
    CostLimit,
    /// The time is over. Nothing makes this irrelevant.
    TimeOver,
}

/// An error of an evaluation. Printing it gives the reference's words.
#[derive(Clone, Copy, Debug)]
pub enum Problem<'v> {
    /// A field or key that is not there.
    NoSuchKey(&'v str),
    /// An operand of a type that the operator does not take.
    NoOverload,
    /// The same, where the reference names the operator or function.
    NoOverloadFor(&'v str),
    /// Anything else.
    Text(&'v str),
}

impl<'v> Fault<'v> {
    /// An operand of a type that the operator does not take.
    pub(crate) const NO_OVERLOAD: Fault<'static> = Fault::Error(Problem::NoOverload);

    /// An error with a fixed or already made text.
    pub(crate) const fn text(text: &'v str) -> Self {
        Fault::Error(Problem::Text(text))
    }
}

/// For functions: `?` on a text that describes an error.
impl<'v> From<&'v str> for Fault<'v> {
    fn from(text: &'v str) -> Self {
        Fault::text(text)
    }
}

impl fmt::Display for Fault<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Error(problem) => problem.fmt(f),
            Fault::Missing => f.write_str("a fact is missing"),
            Fault::CostLimit => f.write_str("operation cancelled: actual cost limit exceeded"),
            Fault::TimeOver => f.write_str("the time for the evaluation is over"),
        }
    }
}

impl fmt::Display for Problem<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::NoSuchKey(key) => write!(f, "no such key: {key}"),
            Problem::NoOverload => f.write_str("no such overload"),
            Problem::NoOverloadFor(what) => write!(f, "no such overload: {what}"),
            Problem::Text(text) => f.write_str(text),
        }
    }
}
