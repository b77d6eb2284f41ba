//! PolicyExceptions: of rules (`kyverno.io`), and of policies written in CEL (`policies.kyverno.io`).

use portcullis_engine::doc::Exception;
use portcullis_engine::doc::cel::CelException;
use portcullis_lang::value::{Document, to_json};

use super::{Answer, Options, text};
use crate::exceptions::About;

/// Judges an exception from rules.
pub(super) fn judge(options: &Options, object: &Document) -> Answer {
    let found = match Exception::read_document(object) {
        None => return Answer::denied(vec!["this is no PolicyException".to_owned()]),
        Some(Ok(exception)) => exception.check(),
        Some(Err(broken)) => broken.diagnostics,
    };
    let refusals = found.into_iter().map(|finding| finding.message);
    let refusals = refusals.chain(without_ticket(options, object));
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
    let refusals = refusals.chain(without_ticket(options, object));
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

/// Why an exception is refused that does not say where it was agreed upon, where it must.
fn without_ticket(options: &Options, object: &Document) -> Option<String> {
    if !options.tickets_required {
        return None;
    }
    let object = serde_json::from_str(&to_json(object.root())).ok()?;
    About::of(&object).ticket.trim().is_empty().then(|| {
        "a ticket is required: state it in the annotation `polex.kyverno.io/ticket`".to_owned()
    })
}

const DISABLED: &str = "PolicyException resources would not be processed until it is enabled.";
const ELSEWHERE: &str = "PolicyException resource namespace must match the defined namespace.";
