//! PolicyExceptions: of rules (`kyverno.io`), and of policies written in CEL (`policies.kyverno.io`).

use portcullis_engine::doc::Exception;
use portcullis_engine::doc::cel::CelException;
use portcullis_lang::value::Document;

use super::{Answer, Options, text};

/// Judges an exception from rules.
pub(super) fn judge(options: &Options, object: &Document) -> Answer {
    let found = match Exception::read_document(object) {
        None => return Answer::denied(vec!["this is no PolicyException".to_owned()]),
        Some(Ok(exception)) => exception.check(),
        Some(Err(broken)) => broken.diagnostics,
    };
    let refusals = found.into_iter().map(|finding| finding.message);
    let namespace = text(object, &["metadata", "namespace"]);
    let warning = match options.exception_namespace.as_str() {
        _ if !options.exceptions_enabled => Some(DISABLED),
        "" => Some("The exceptionNamespace flag is not set"),
        "*" => None,
        only if only == namespace => None,
        _ => Some(ELSEWHERE),
    };
    Answer {
        refusals: refusals.collect(),
        warnings: warning.map(str::to_owned).into_iter().collect(),
        patch: None,
    }
}

/// Judges an exception from policies written in CEL.
pub(super) fn judge_cel(options: &Options, object: &Document) -> Answer {
    let found = match CelException::read_document(object) {
        None => return Answer::denied(vec!["this is no PolicyException".to_owned()]),
        Some(Ok(_)) => Vec::new(),
        Some(Err(broken)) => broken.diagnostics,
    };
    let refusals = found.into_iter().map(|finding| match finding.code {
        "no-policy-refs" => format!("spec.policyRefs: Required value: {}", finding.message),
        _ => finding.message,
    });
    let namespace = text(object, &["metadata", "namespace"]);
    let warning = match options.exception_namespace.as_str() {
        _ if !options.exceptions_enabled => Some(DISABLED),
        "" | "*" => None,
        only if only == namespace => None,
        _ => Some(ELSEWHERE),
    };
    Answer {
        refusals: refusals.collect(),
        warnings: warning.map(str::to_owned).into_iter().collect(),
        patch: None,
    }
}

const DISABLED: &str = "PolicyException resources would not be processed until it is enabled.";
const ELSEWHERE: &str = "PolicyException resource namespace must match the defined namespace.";
