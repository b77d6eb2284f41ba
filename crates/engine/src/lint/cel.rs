//! CEL that does not compile: a policy that only says so when it is evaluated, or ends the run.

use portcullis_lang::cel::CompileError;
use portcullis_lang::diagnostic::{Diagnostic, Position, Severity, position};
use portcullis_lang::value::{Item, Span};

use crate::doc::cel::{Expression, NativeCel, Unusable};
use crate::doc::{AnyPolicy, Body, Mode, Policy, Validation};

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
    } else {
        of_kyverno(policy, found);
    }
}

/// A policy of Kyverno's: what autogen makes of it has the same mistakes.
fn of_kyverno(policy: &AnyPolicy, found: &mut Vec<Diagnostic>) {
    let document = policy.document().item();
    let mut matches = true;
    let (constraints, broken) = match policy {
        AnyPolicy::Rules(_) | AnyPolicy::Admission(_) | AnyPolicy::Cleanup(_) => return,
        AnyPolicy::Validating(policy) => {
            // Payloads are not matched.
            matches = policy.mode == Mode::Kubernetes;
            let written = policy.variants.first();
            let broken = written.and_then(|written| written.cel.as_ref().err());
            (
                written.and_then(|written| written.constraints.as_ref()),
                broken,
            )
        }
        AnyPolicy::Mutating(policy) => {
            if !policy.admission && !policy.existing {
                let message =
                    "disabling both admission and mutateExisting evaluation modes is not allowed";
                let at = around(document, &["spec", "evaluation"]);
                found.push(Diagnostic::error("no-evaluation", message, at));
            }
            let written = policy.variants.first();
            let broken = written.and_then(|written| written.cel.as_ref().err());
            (
                written.and_then(|written| written.constraints.as_ref()),
                broken,
            )
        }
        AnyPolicy::Generating(policy) => (policy.constraints.as_ref(), policy.cel.as_ref().err()),
        AnyPolicy::Deleting(policy) => (policy.constraints.as_ref(), policy.cel.as_ref().err()),
        AnyPolicy::Images(policy) => (policy.constraints.as_ref(), policy.broken.as_ref()),
    };
    if matches && constraints.is_none_or(|constraints| constraints.rules.is_empty()) {
        let message = "a matchConstraints with at least one resource rule is required";
        let at = around(document, &["spec", "matchConstraints"]);
        found.push(Diagnostic::error("no-resource-rule", message, at));
    }
    found.extend(broken.map(|text| placed(document, text)));
}

/// The place of a field, or of the nearest part around it that is there.
fn around(item: Item<'_>, path: &[&str]) -> Span {
    let below = path
        .split_first()
        .and_then(|(key, rest)| Some((item.get(key)?, rest)));
    below.map_or(item.span(), |(below, rest)| around(below, rest))
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
        found.push(at_issue(finding, &written.text, part));
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

/// A finding about an expression at the part that an issue is about.
pub(super) fn at_issue(finding: Diagnostic, text: &str, part: Option<Span>) -> Diagnostic {
    match part {
        Some(part) => {
            let Position { line, column } = position(text, part.start);
            within(finding, text, line, column)
        }
        None => finding,
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
        let value = format!(
            "Invalid value: {:?}: ",
            at.value().as_str().unwrap_or_default()
        );
        let said = first.strip_prefix(&value).unwrap_or(first);
        return Diagnostic::error(CODE, said, at.span());
    };
    let mut parts = said.splitn(3, ':');
    let (line, column, said) = (parts.next(), parts.next(), parts.next().unwrap_or(said));
    let finding = Diagnostic::error(CODE, said.trim(), at.span());
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
