//! CEL that does not compile: a policy that only says so when it is evaluated, or ends the run.

use portcullis_lang::cel::CompileError;
use portcullis_lang::diagnostic::{Diagnostic, Severity};
use portcullis_lang::value::{Item, Span};

use crate::doc::cel::{Expression, NativeCel, Unusable};
use crate::doc::{AnyPolicy, Body, Policy, Validation};

const CODE: &str = "invalid-cel";

/// Looks at the expressions of a policy of any kind.
pub(super) fn lint(policy: &AnyPolicy, found: &mut Vec<Diagnostic>) {
    if let AnyPolicy::Rules(policy) = policy {
        of_rules(policy, found);
    } else if let AnyPolicy::Admission(policy) = policy {
        native(&policy.cel, found);
        for mutation in &policy.mutations {
            expression(&mutation.expression, Severity::Error, found);
        }
    } else if let AnyPolicy::Validating(policy) = policy
        // What autogen makes of it has the same mistakes.
        && let Some(Err(text)) = policy.variants.first().map(|written| &written.cel)
    {
        found.push(placed(policy.document().item(), text));
    }
}

/// [`lint`] for policies with rules.
pub(super) fn of_rules(policy: &Policy, found: &mut Vec<Diagnostic>) {
    for condition in &policy.settings().match_conditions {
        expression(&condition.expression, Severity::Error, found);
    }
    for rule in policy.declared() {
        if let Body::Validate(validate) = &rule.body
            && let Validation::Cel(block) = &validate.validation
        {
            native(block, found);
        }
    }
}

fn native(block: &NativeCel, found: &mut Vec<Diagnostic>) {
    let named = block.conditions.iter().chain(&block.variables);
    named.for_each(|named| expression(&named.expression, Severity::Error, found));
    for check in &block.checks {
        expression(&check.expression, Severity::Error, found);
        // Without it the check still has its message.
        if let Some(message) = &check.message_expression {
            expression(message, Severity::Warning, found);
        }
    }
}

fn expression(written: &Expression, severity: Severity, found: &mut Vec<Diagnostic>) {
    let Err(unusable) = &written.program else {
        return;
    };
    let mut add = |message: String, part: Option<Span>| {
        let finding = Diagnostic {
            severity,
            ..Diagnostic::error(CODE, message, written.at)
        };
        found.push(match part {
            Some(part) => finding.about_part(&written.text, part),
            None => finding,
        });
    };
    match unusable {
        Unusable::Compile(CompileError::Issues(issues)) => {
            for issue in issues.iter() {
                add(issue.message.clone(), issue.at);
            }
        }
        other => add(other.to_string(), None),
    }
}

/// A text like `spec.validations[0].expression: Invalid value: ...`, at the field that it names.
fn placed(policy: Item<'_>, text: &str) -> Diagnostic {
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
        return Diagnostic::error(CODE, first, at.span());
    };
    let mut parts = said.splitn(3, ':');
    let (line, column, said) = (parts.next(), parts.next(), parts.next().unwrap_or(said));
    let finding = Diagnostic::error(CODE, said.trim(), at.span());
    // Only the first line stands in the policy as the compiler saw it.
    let column = column.filter(|_| line == Some("1"));
    let column = column
        .and_then(|text| text.parse::<usize>().ok())
        .unwrap_or_default();
    let words = at.value().as_str().unwrap_or_default();
    let mut starts = words.char_indices().skip(column.saturating_sub(1));
    match starts.next().filter(|_| column > 0) {
        Some((start, c)) => {
            // The word that begins there, or the sign.
            let rest = words.get(start..).unwrap_or_default();
            let is_word = |c: char| c.is_alphanumeric() || c == '_';
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let end = start + end.max(c.len_utf8());
            finding.about_part(words, Span { start, end })
        }
        None => finding,
    }
}
