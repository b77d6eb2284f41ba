//! What a policy's author is told although the policy is taken: the findings of `lint`.

use portcullis_engine::{doc, lint};
use portcullis_lang::diagnostic::{Diagnostic, Severity};
use portcullis_lang::operator::Operator;
use portcullis_lang::value::{Document, Numbers, yaml};

use super::place;

/// Of a policy with rules. Deprecations are worded as Kyverno words them.
pub(super) fn of(object: &Document) -> Vec<String> {
    let text = yaml::write(object.root());
    let Ok(document) = yaml::read_one(&text, Numbers::AsWritten) else {
        return Vec::new();
    };
    let findings = lint::lint(&text).diagnostics.into_iter();
    // CEL that does not compile is an error of each request only: Kyverno takes such a policy.
    let tells = |it: &Diagnostic| it.severity == Severity::Warning || it.code == "invalid-cel";
    let warnings = findings.filter(tells);
    let warnings = warnings.filter(|finding| !is_default(finding));
    let warnings = warnings.map(|finding| {
        let at = place::path(document.item(), finding.at);
        deprecated(&finding).unwrap_or_else(|| format!("{at}: {finding}"))
    });
    let mut told: Vec<String> = mistyped(object);
    for warning in warnings {
        if !told.contains(&warning) {
            told.push(warning);
        }
    }
    told
}

/// Said in other words, or about a field that the API server fills in by itself.
fn is_default(finding: &Diagnostic) -> bool {
    let default = finding.message == "`validationFailureAction` is deprecated";
    default || finding.code == "undefined-field"
}

/// What the API server's checker of types would say about `validate.cel`.
fn mistyped(object: &Document) -> Vec<String> {
    let Some(Ok(policy)) = doc::read_document(object.clone()) else {
        return Vec::new();
    };
    let mistyped = lint::mistyped(&policy);
    let told = mistyped
        .iter()
        .map(|it| format!("{}: {}", it.kind, it.error));
    told.collect()
}

/// Kyverno's words for what has a replacement, where it has any.
fn deprecated(finding: &Diagnostic) -> Option<String> {
    let word = finding
        .message
        .strip_suffix(" is deprecated")?
        .trim_matches('`');
    if finding.code != "deprecated" {
        return None;
    }
    if matches!(word, "audit" | "enforce") {
        let text =
            "Validation failure actions enforce/audit are deprecated, use Enforce/Audit instead.";
        return Some(text.to_owned());
    }
    let operator = Operator::parse(word).filter(|operator| operator.is_deprecated())?;
    let instead = match operator {
        Operator::In => "[AllIn AnyIn]".to_owned(),
        Operator::NotIn => "[AllNotIn AnyNotIn]".to_owned(),
        _ => format!("[{}]", word.trim_start_matches("Duration")),
    };
    Some(format!(
        "Operator {word} has been deprecated and will be removed soon. Use these instead: {instead}."
    ))
}
