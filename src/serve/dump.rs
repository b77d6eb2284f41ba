//! Reviews and their answers in the log: `dumpPayload`, for whoever looks for a fault.
//!
//! Comes in:  the body of a review, the body of its answer.
//! Goes out:  one line of the log; what a Secret holds is not in it.
//! Never here: anything while nobody asked for it.

use serde_json::Value;

/// Stands for what nobody shall read.
const HIDDEN: &str = "**REDACTED**";

/// Where `kubectl apply` keeps a copy of the whole object.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Logs one review with its answer.
pub(super) fn dump(request: &[u8], response: &[u8]) {
    let read = |body| serde_json::from_slice::<Value>(body).unwrap_or_default();
    let (request, response) = redacted(read(request), read(response));
    tracing::info!(%request, %response, "payload");
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

    use super::{APPLIED, redacted};

    #[test]
    fn secrets_are_not_told() {
        check("Secret", "secrets", false);
        check("ConfigMap", "configmaps", true);
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
