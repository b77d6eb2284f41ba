//! Reviews and their answers in the log: `dumpPayload` and `dumpPatches`, for whoever looks for a fault.
//!
//! Comes in:  the body of a review, the body of its answer.
//! Goes out:  a line of the log for each; what a Secret holds is not in it.
//! Never here: anything while nobody asked for it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD as STANDARD;
use serde_json::Value;

/// Stands for what nobody shall read.
const HIDDEN: &str = "**REDACTED**";

/// Where `kubectl apply` keeps a copy of the whole object.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is logged of reviews.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Dumps {
    /// Each as a whole, with its answer.
    pub(crate) payloads: bool,
    /// How objects are changed.
    pub(crate) patches: bool,
}

impl Dumps {
    /// Is there anything to log?
    pub(super) fn any(self) -> bool {
        self.payloads || self.patches
    }

    /// Logs what is wanted of a review and its answer.
    pub(super) fn dump(self, request: &[u8], response: &[u8]) {
        let read = |body| serde_json::from_slice::<Value>(body).unwrap_or_default();
        let (request, response) = redacted(read(request), read(response));
        if self.patches
            && let Some(patch) = patch(&response)
        {
            let about = |pointer| request.pointer(pointer).and_then(Value::as_str);
            let (kind, uid) = (about("/request/kind/kind"), about("/request/uid"));
            let (namespace, name) = (about("/request/namespace"), about("/request/name"));
            tracing::info!(uid, kind, namespace, name, patch, "patched");
        }
        if self.payloads {
            tracing::info!(%request, %response, "payload");
        }
    }
}

/// The JSON patch of an answer, as text.
fn patch(answer: &Value) -> Option<String> {
    let patch = answer.pointer("/response/patch")?.as_str()?;
    if patch == HIDDEN {
        return Some(HIDDEN.to_owned());
    }
    String::from_utf8(STANDARD.decode(patch).ok()?).ok()
}

/// Both without what a Secret holds.
fn redacted(mut review: Value, mut answer: Value) -> (Value, Value) {
    let Some(request) = review.get_mut("request") else {
        return (review, answer);
    };
    let of_secret = request
        .pointer("/resource/resource")
        .is_some_and(|it| it == "secrets")
        || request
            .pointer("/kind/kind")
            .is_some_and(|it| it == "Secret");
    if of_secret {
        for object in ["object", "oldObject"] {
            if let Some(object) = request.get_mut(object).and_then(Value::as_object_mut) {
                for key in ["data", "stringData"] {
                    let values = object.get_mut(key).and_then(Value::as_object_mut);
                    values
                        .into_iter()
                        .flatten()
                        .for_each(|(_, value)| hide(value));
                }
                let metadata = object.get_mut("metadata");
                let annotations = metadata.and_then(|it| it.get_mut("annotations"));
                annotations.and_then(|it| it.get_mut(APPLIED)).map(hide);
            }
        }
        // It may change any of that, and the message may quote it.
        answer.pointer_mut("/response/patch").map(hide);
        answer.pointer_mut("/response/status/message").map(hide);
    }
    (review, answer)
}

fn hide(value: &mut Value) {
    *value = HIDDEN.into();
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{APPLIED, HIDDEN, patch, redacted};

    #[test]
    fn secrets_are_not_told() {
        check("Secret", "secrets", false);
        check("ConfigMap", "configmaps", true);
    }

    #[test]
    fn patches_are_told_as_they_read() {
        let told = |patch_: &str| patch(&json!({ "response": { "patch": patch_ } }));
        assert_eq!(told("W10=").as_deref(), Some("[]"));
        assert_eq!(told(HIDDEN).as_deref(), Some(HIDDEN));
        assert_eq!(patch(&json!({ "response": {} })), None);
    }

    /// Is a value that is only in `data` and what follows from it told?
    #[track_caller]
    fn check(kind: &str, resource: &str, told: bool) {
        let object = json!({
            "metadata": { "name": "known", "annotations": { APPLIED: "{\"data\":\"hush\"}" } },
            "data": { "key": "hush" },
            "stringData": { "key": "hush" },
        });
        let review = json!({ "request": {
            "kind": { "kind": kind },
            "resource": { "resource": resource },
            "object": object,
            "oldObject": object,
        }});
        let answer = json!({ "response": { "patch": "hush", "status": { "message": "hush" } } });
        let (review, answer) = redacted(review, answer);
        for text in [&review, &answer].map(Value::to_string) {
            assert_eq!(text.contains("hush"), told, "{text}");
        }
        assert!(review.to_string().contains("known"));
    }
}
