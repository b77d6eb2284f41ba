//! Where in a policy an expression is wrong.
//!
//! Comes in:  a policy, and what a compiler says of one of its expressions.
//! Goes out:  a finding at the word that is meant.
//! Never here: compiling.

use portcullis_lang::diagnostic::{Diagnostic, Position, position};
use portcullis_lang::value::{Item, Span};

/// The code of every finding about an expression that does not compile.
pub(crate) const INVALID: &str = "invalid-cel";

/// A finding about an expression at the part that an issue is about.
pub(crate) fn at_issue(finding: Diagnostic, text: &str, part: Option<Span>) -> Diagnostic {
    match part {
        Some(part) => {
            let Position { line, column } = position(text, part.start);
            within(finding, text, line, column)
        }
        None => finding,
    }
}

/// A text like `spec.validations[0].expression: Invalid value: ...`, at the field that it names.
pub(crate) fn placed(policy: Item<'_>, text: &str) -> Diagnostic {
    let (path, message) = text.split_once(": ").unwrap_or(("", text));
    let mut at = policy;
    for step in path.split(['.', '[']) {
        let next = match step.strip_suffix(']').map(str::parse) {
            Some(Ok(index)) => at.elements().nth(index),
            _ => at.get(step),
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    let first = message.lines().next().unwrap_or(message);
    let Some((_, said)) = first.rsplit_once(": ERROR: <input>:") else {
        let value = format!(
            "Invalid value: {:?}: ",
            at.value().as_str().unwrap_or_default()
        );
        let said = first.strip_prefix(&value).unwrap_or(first);
        return Diagnostic::error(INVALID, said, at.span());
    };
    let mut parts = said.splitn(3, ':');
    let (line, column, said) = (parts.next(), parts.next(), parts.next().unwrap_or(said));
    let finding = Diagnostic::error(INVALID, said.trim(), at.span());
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
    match (number(line), number(column), at.value().as_str()) {
        (Some(line), Some(column), Some(source)) if line > 0 => {
            within(finding, source, line, column)
        }
        _ => finding,
    }
}

/// The finding at the word, or the sign, at this place of an expression. Only whole lines of an
/// expression stand in the policy as the compiler saw them.
fn within(finding: Diagnostic, source: &str, line: usize, column: usize) -> Diagnostic {
    let text = source
        .lines()
        .nth(line.saturating_sub(1))
        .unwrap_or_default();
    let start = text.char_indices().nth(column.saturating_sub(1));
    let Some((start, c)) = start else {
        return finding;
    };
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let rest = text.get(start..).unwrap_or_default();
    let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
    let end = start + end.max(c.len_utf8());
    let blank = text.len() - text.trim_start().len();
    let part = Span {
        start: start.saturating_sub(blank),
        end: end.saturating_sub(blank),
    };
    finding.about_part(text.trim(), part)
}
