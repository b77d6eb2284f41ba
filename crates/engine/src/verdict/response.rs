//! A verdict as the bytes of an AdmissionReview response.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use portcullis_lang::value::write_json_string;

use super::Verdict;

/// Appends the AdmissionReview response to `out`. Allocates nothing but what `out` needs to grow.
///
/// A denial carries `status: Failure` and the message, no code and no reason, as Kyverno answers.
pub fn write_response(out: &mut String, uid: &str, verdict: &Verdict) {
    out.push_str(
        r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":"#,
    );
    write_json_string(out, uid, false);
    match &verdict.denial {
        None => out.push_str(r#","allowed":true"#),
        Some(message) => {
            out.push_str(
                r#","allowed":false,"status":{"metadata":{},"status":"Failure","message":"#,
            );
            write_json_string(out, message, false);
            out.push('}');
        }
    }
    if let Some(patch) = &verdict.patch {
        out.push_str(r#","patchType":"JSONPatch","patch":""#);
        STANDARD.encode_string(patch, out);
        out.push('"');
    }
    if verdict.spared || !verdict.undecided.is_empty() {
        write_annotations(out, verdict);
    }
    if !verdict.warnings.is_empty() {
        out.push_str(r#","warnings":["#);
        for (index, warning) in verdict.warnings.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            write_json_string(out, warning, false);
        }
        out.push(']');
    }
    out.push_str("}}");
}

/// Notes for the audit log. The API server puts the webhook's name in front of each key.
fn write_annotations(out: &mut String, verdict: &Verdict) {
    let mut separator = r#","auditAnnotations":{"#;
    if verdict.spared {
        out.push_str(separator);
        out.push_str(r#""portcullis-spared":"denied, were not everything only audited""#);
        separator = ",";
    }
    if !verdict.undecided.is_empty() {
        out.push_str(separator);
        out.push_str(r#""portcullis-undecided":"#);
        write_json_string(out, &verdict.undecided.join("; "), false);
    }
    out.push('}');
}
