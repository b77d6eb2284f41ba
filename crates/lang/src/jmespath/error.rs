//! What can go wrong with an expression: as a text, and when it is asked.

use std::fmt;

use crate::scalar::quoted::Quoted;
use crate::value::Span;

/// Why a text is no expression.
///
/// Prints as the reference prints it: `SyntaxError: Expected tRbracket, received: tEOF`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SyntaxError {
    message: String,
    /// The token that could not stand there, in bytes of the expression.
    pub at: Span,
}

impl SyntaxError {
    /// An error of the grammar.
    pub(super) fn new(message: impl fmt::Display, at: Span) -> Self {
        Self::foreign(format!("SyntaxError: {message}"), at)
    }

    /// An error of something within the expression: a JSON literal, an index.
    pub(super) fn foreign(message: String, at: Span) -> Self {
        SyntaxError { message, at }
    }

    /// The expression with a caret under the error, as the reference shows it after the message.
    pub fn highlight(&self, expression: &str) -> String {
        format!("{expression}\n{}^", " ".repeat(self.at.start))
    }

    /// Is it the grammar that is broken, rather than a literal or an index?
    pub fn is_grammar(&self) -> bool {
        self.message.starts_with("SyntaxError: ")
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SyntaxError {}

/// Why an expression has no value here and now.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QueryError {
    /// A map lacks a key. Callers may have a default for that.
    NotFound {
        /// The key.
        key: String,
    },
    /// A function refused its arguments, or an operation is not defined for its operands.
    Invalid(String),
    /// The addresses of a host are needed and not known yet: fetch them and ask again.
    NeedsHost(String),
    /// The expression does more work than one evaluation may.
    TooMuchWork {
        /// Allowed, in steps (see [`super::Env`]).
        limit: u64,
    },
    /// The time is over: see [`crate::functions::Inputs::is_over`].
    TimeOver,
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueryError::NotFound { key } => write!(f, "Unknown key {} in path", Quoted(key)),
            QueryError::Invalid(message) => f.write_str(message),
            QueryError::NeedsHost(host) => write!(f, "the addresses of `{host}` are not known"),
            QueryError::TooMuchWork { limit } => {
                write!(f, "the expression needs more than {limit} steps")
            }
            QueryError::TimeOver => f.write_str("the time for the evaluation is over"),
        }
    }
}

impl std::error::Error for QueryError {}

/// [`QueryError`] within an evaluation: as long as it may still be swallowed (`missing || 'x'`)
/// it allocates nothing.
#[derive(Clone, Debug)]
pub enum Fault<'v> {
    /// A map lacks this key.
    NotFound(&'v str),
    /// A text for the user. Operators that read over errors read over it.
    Invalid(Box<str>),
    /// Nothing swallows this.
    Stop(Stop),
}

/// Why an evaluation stops as a whole.
#[derive(Clone, Debug)]
pub enum Stop {
    /// See [`QueryError::NeedsHost`].
    NeedsHost(Box<str>),
    /// See [`QueryError::TooMuchWork`].
    TooMuchWork {
        /// Allowed.
        limit: u64,
    },
    /// See [`QueryError::TimeOver`].
    TimeOver,
}

impl Fault<'_> {
    /// A text for the user.
    pub(crate) fn invalid(message: impl fmt::Display) -> Self {
        Fault::Invalid(message.to_string().into())
    }
}

impl From<Fault<'_>> for QueryError {
    fn from(fault: Fault<'_>) -> Self {
        match fault {
            Fault::NotFound(key) => QueryError::NotFound {
                key: key.to_owned(),
            },
            Fault::Invalid(message) => QueryError::Invalid(message.into()),
            Fault::Stop(Stop::NeedsHost(host)) => QueryError::NeedsHost(host.into()),
            Fault::Stop(Stop::TooMuchWork { limit }) => QueryError::TooMuchWork { limit },
            Fault::Stop(Stop::TimeOver) => QueryError::TimeOver,
        }
    }
}
