//! CEL that does not compile: a policy that only says so when it is evaluated, or ends the run.

use portcullis_lang::cel::CompileError;
use portcullis_lang::diagnostic::{Diagnostic, Severity};
use portcullis_lang::value::{Item, Span};

use crate::doc::cel::{Expression, INVALID, NativeCel, Unusable, at_issue, placed};
use crate::doc::{AnyPolicy, Body, Mode, Policy, Validation};

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
            ..Diagnostic::error(INVALID, message, written.at)
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
