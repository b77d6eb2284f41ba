//! Why an expression does not compile.

use std::fmt;

use super::issue::Issues;
use crate::diagnostic::Diagnostic;
use crate::value::Span;

/// Why an expression does not compile. Its author can repair every case.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CompileError {
    /// Mistakes in the text, each with its place.
    Issues(Issues),
    /// A conversion of constants, or a constant pattern, that cannot succeed. The reference finds
    /// these later than the others, and gives no place.
    Constant(String),
}

impl CompileError {
    /// The first message, without its place.
    pub fn first(&self) -> String {
        match self {
            CompileError::Issues(issues) => issues
                .iter()
                .next()
                .map_or_else(String::new, |issue| issue.message.clone()),
            CompileError::Constant(text) => text.clone(),
        }
    }

    /// The errors as findings within a larger text, in which the expression stands at `at`.
    pub fn diagnostics(&self, at: Span) -> Vec<Diagnostic> {
        match self {
            CompileError::Issues(issues) => issues.diagnostics(at.start),
            CompileError::Constant(text) => vec![Diagnostic::error("cel", text.clone(), at)],
        }
    }
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompileError::Issues(issues) => issues.fmt(f),
            CompileError::Constant(text) => f.write_str(text),
        }
    }
}

impl std::error::Error for CompileError {}
