//! What is wrong with a text that somebody wrote, and where.
//!
//! Comes in:  a finding of a parser, a check or a lint.
//! Goes out:  [`Diagnostic`], which the command line draws with the source line and a caret, and
//!            prints as JSON or SARIF.
//! Never here: colours, terminals, files.

use std::fmt;

use crate::value::Span;

/// How bad a [`Diagnostic`] is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub enum Severity {
    /// Worth knowing; the policy is in force.
    Hint,
    /// Probably not what the author meant; the policy is in force.
    Warning,
    /// The policy cannot be used, or a part of it can never work.
    Error,
}

/// One finding.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Diagnostic {
    /// Stable identifier, for documentation, tests and suppression, e.g. `unknown-field`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop, input in backticks.
    pub message: String,
    /// Where, in bytes of the source text.
    pub at: Span,
    /// The words inside `at` that are meant, where `at` is wider than they are.
    pub focus: Option<Focus>,
    /// What the author can do next, when we know.
    pub help: Option<String>,
}

/// Words of a text, and the part of them that is meant: a function's name in an expression.
///
/// A document knows where its texts stand in the source, but not what stands where inside them:
/// that is settled by [`Diagnostic::narrowed`], which has the source.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Focus {
    /// The words, as they stand in the source unless escapes or line folds hide them.
    pub words: String,
    /// The part of them, in bytes.
    pub part: Span,
}

impl Diagnostic {
    /// A finding that keeps the policy out of force.
    pub fn error(code: &'static str, message: impl Into<String>, at: Span) -> Self {
        Diagnostic {
            code,
            severity: Severity::Error,
            message: message.into(),
            at,
            focus: None,
            help: None,
        }
    }

    /// A finding that the author should look at.
    pub fn warning(code: &'static str, message: impl Into<String>, at: Span) -> Self {
        Diagnostic {
            severity: Severity::Warning,
            ..Self::error(code, message, at)
        }
    }

    /// A finding that is worth knowing.
    pub fn hint(code: &'static str, message: impl Into<String>, at: Span) -> Self {
        Diagnostic {
            severity: Severity::Hint,
            ..Self::error(code, message, at)
        }
    }

    /// The same finding about some words of the text at its place.
    #[must_use]
    pub fn about(self, words: impl Into<String>) -> Self {
        let words = words.into();
        let part = Span {
            start: 0,
            end: words.len(),
        };
        self.about_part(words, part)
    }

    /// The same finding about a part of some words of the text at its place.
    #[must_use]
    pub fn about_part(self, words: impl Into<String>, part: Span) -> Self {
        let words = words.into();
        Diagnostic {
            focus: (!words.is_empty()).then_some(Focus { words, part }),
            ..self
        }
    }

    /// The same finding at the place of just the words that it is about, if `source` has them there.
    #[must_use]
    pub fn narrowed(mut self, source: &str) -> Self {
        if let Some(Focus { words, part }) = self.focus.take()
            && let Some(at) = source
                .get(self.at.start..self.at.end)
                .and_then(|text| text.find(&words))
        {
            let start = self.at.start + at;
            self.at = Span {
                start: start + part.start,
                end: start + part.end,
            };
        }
        self
    }

    /// The same finding with advice.
    #[must_use]
    pub fn with_help(self, help: impl Into<String>) -> Self {
        Diagnostic {
            help: Some(help.into()),
            ..self
        }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Diagnostic {}

/// A place as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The character within the line.
    pub column: usize,
}

/// Where byte `offset` of `text` stands. Cost: one pass over the text before it.
pub fn position(text: &str, offset: usize) -> Position {
    let before = text.get(..offset.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
    }
}

/// The candidate that `word` was most likely meant to be: at most two edits away, fewest first.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let limit = if word.chars().count() < 4 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Edit distance without regard to case: insertions, deletions, replacements, neighbours swapped.
fn edits(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().flat_map(char::to_lowercase).collect();
    let width = b.len() + 1;
    let mut table = vec![0usize; (a.len() + 1) * width];
    let at =
        |table: &[usize], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or_default();
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            let cost = if i == 0 || j == 0 {
                i + j
            } else {
                let same = a.get(i - 1) == b.get(j - 1);
                let mut best = (at(&table, i - 1, j) + 1)
                    .min(at(&table, i, j - 1) + 1)
                    .min(at(&table, i - 1, j - 1) + usize::from(!same));
                if i > 1 && j > 1 && a.get(i - 1) == b.get(j - 2) && a.get(i - 2) == b.get(j - 1) {
                    best = best.min(at(&table, i - 2, j - 2) + 1);
                }
                best
            };
            if let Some(cell) = table.get_mut(i * width + j) {
                *cell = cost;
            }
        }
    }
    at(&table, a.len(), b.len())
}

#[cfg(test)]
mod tests {
    use super::{Diagnostic, Position, nearest, position};
    use crate::value::Span;

    #[test]
    fn positions_count_characters() {
        let text = "a: é1\nb: 2\n";
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, 5), Position { line: 1, column: 5 });
        assert_eq!(position(text, 7), Position { line: 2, column: 1 });
        assert_eq!(position(text, 999), Position { line: 3, column: 1 });
    }

    #[test]
    fn findings_narrow_to_their_words() {
        let source = "message: 'of {{ a.b(c) }}'";
        let at = Span { start: 9, end: 26 };
        let wide = Diagnostic::error("code", "text", at);
        let part = Span { start: 2, end: 3 };
        let place = |finding: Diagnostic| {
            let Span { start, end } = finding.narrowed(source).at;
            source[start..end].to_owned()
        };
        assert_eq!(place(wide.clone()), "'of {{ a.b(c) }}'");
        assert_eq!(place(wide.clone().about("a.b(c)")), "a.b(c)");
        assert_eq!(place(wide.clone().about_part("a.b(c)", part)), "b");
        assert_eq!(place(wide.clone().about("message")), "'of {{ a.b(c) }}'");
        assert_eq!(place(wide.about("")), "'of {{ a.b(c) }}'");
    }

    #[test]
    fn typos_find_their_word() {
        let fields = ["validationFailureAction", "rules", "background", "match"];
        check(
            "validationFailureActoin",
            &fields,
            Some("validationFailureAction"),
        );
        check("rule", &fields, Some("rules"));
        check("mathc", &fields, Some("match"));
        check("Match", &fields, Some("match"));
        check("something", &fields, None);
        check("x", &fields, None);
    }

    #[track_caller]
    fn check(word: &str, fields: &[&str], expect: Option<&str>) {
        assert_eq!(nearest(word, fields.iter().copied()), expect, "`{word}`");
    }
}
