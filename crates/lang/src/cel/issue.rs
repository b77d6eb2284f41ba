//! What is wrong with an expression, in the words and the drawing that Kubernetes prints.

use std::fmt;

use crate::diagnostic::{Diagnostic, Position, position};
use crate::value::Span;

/// Issues beyond this number are counted, not printed.
const MOST: usize = 100;

/// One thing wrong with an expression.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Issue {
    /// Where; `None` when the whole expression is meant.
    pub at: Option<Span>,
    /// What, in the reference's words.
    pub message: String,
}

/// Why an expression does not compile, in the order of the text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Issues {
    source: String,
    list: Vec<Issue>,
}

impl Issues {
    /// Nothing wrong yet with `source`.
    pub(crate) fn new(source: &str) -> Self {
        Issues {
            source: source.to_owned(),
            list: Vec::new(),
        }
    }

    /// Notes an issue.
    pub(crate) fn add(&mut self, at: Span, message: impl Into<String>) {
        self.list.push(Issue {
            at: Some(at),
            message: message.into(),
        });
    }

    /// Notes an issue with the expression as a whole.
    pub(crate) fn add_nowhere(&mut self, message: impl Into<String>) {
        self.list.push(Issue {
            at: None,
            message: message.into(),
        });
    }

    /// Is nothing wrong?
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The issues, in the order of the text; found first comes first at one place.
    pub fn iter(&self) -> impl Iterator<Item = &Issue> {
        let mut sorted: Vec<_> = self.list.iter().collect();
        sorted.sort_by_key(|issue| issue.at.map(|at| at.start));
        sorted.into_iter()
    }

    /// The issues as findings within a larger text, in which the expression starts at `offset`.
    pub fn diagnostics(&self, offset: usize) -> Vec<Diagnostic> {
        self.iter()
            .map(|issue| {
                let at = issue.at.unwrap_or_default();
                let at = Span {
                    start: offset + at.start,
                    end: offset + at.end,
                };
                Diagnostic::error("cel", issue.message.clone(), at)
            })
            .collect()
    }

    fn write(&self, issue: &Issue, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let message = &issue.message;
        let Some(at) = issue.at else {
            return write!(f, "ERROR: <input>:-1:0: {message}");
        };
        if self.source.is_empty() {
            return write!(f, "ERROR: <input>:1:0: {message}");
        }
        let Position { line, column } = position(&self.source, at.start);
        write!(f, "ERROR: <input>:{line}:{column}: {message}")?;
        let Some(text) = self.source.split('\n').nth(line - 1) else {
            return Ok(());
        };
        let text = text.replace('\t', " ");
        let wide = |c: char| c.len_utf8() > 1;
        write!(f, "\n | {text}\n | ")?;
        for c in text.chars().take(column - 1) {
            f.write_str(if wide(c) { "．" } else { "." })?;
        }
        let under = text.chars().nth(column - 1);
        f.write_str(if under.is_some_and(wide) { "＾" } else { "^" })
    }
}

/// One block for each issue: `ERROR: <input>:1:5: ...`, the line, and a caret below the place.
impl fmt::Display for Issues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, issue) in self.iter().take(MOST).enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            self.write(issue, f)?;
        }
        if self.list.len() > MOST {
            write!(f, "\n{} more errors were truncated", self.list.len() - MOST)?;
        }
        Ok(())
    }
}

impl std::error::Error for Issues {}
