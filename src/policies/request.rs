//! The AdmissionReview of an object that the gate is configured by.

use portcullis_lang::value::{Document, Numbers, Value};

/// What is asked.
#[derive(Clone, Debug)]
pub(super) struct Request {
    review: Document,
    /// As it is to be.
    pub(super) object: Document,
    /// As it was, where there was one.
    pub(super) old: Option<Document>,
}

impl Request {
    /// Reads the review. Numbers stay as they are written, as in files of policies.
    ///
    /// # Errors
    ///
    /// Why the body is no review.
    pub(super) fn read(body: &[u8]) -> Result<Request, String> {
        let review = Document::from_json(body, Numbers::AsWritten)
            .map_err(|error| format!("the body is not valid JSON: {error}"))?;
        let root = review.root();
        let (version, kind) = (root.text("apiVersion"), root.text("kind"));
        if (version, kind) != ("admission.k8s.io/v1", "AdmissionReview") {
            return Err(format!(
                "expected `admission.k8s.io/v1` `AdmissionReview`, but got `{version}` `{kind}`"
            ));
        }
        let request = root.get("request").unwrap_or_default();
        if request.text("uid").is_empty() {
            return Err("the AdmissionReview has no `request.uid`".to_owned());
        }
        let object = |key| {
            let object = request.get(key)?;
            object.as_map().map(|_| Document::from_value(object))
        };
        Ok(Request {
            object: object("object").unwrap_or_else(|| Document::from_value(Value::Null)),
            old: object("oldObject"),
            review: review.clone(),
        })
    }

    fn request(&self) -> Value<'_> {
        self.review.root().get("request").unwrap_or_default()
    }

    pub(super) fn uid(&self) -> &str {
        self.request().text("uid")
    }

    /// The group of the object's kind.
    pub(super) fn group(&self) -> &str {
        self.request().get("kind").unwrap_or_default().text("group")
    }

    /// Is there nothing to judge? Whatever is deleted may go; a status is nobody's business; and an
    /// object that is on its way out only loses its finalizers.
    pub(super) fn is_silent(&self) -> bool {
        let request = self.request();
        let changes = matches!(request.text("operation"), "CREATE" | "UPDATE");
        let metadata = self.object.root().get("metadata").unwrap_or_default();
        !changes
            || !request.text("subResource").is_empty()
            || !metadata.text("deletionTimestamp").is_empty()
            || self.object.root().is_null()
    }

    /// Does an update leave alone what counts?
    pub(super) fn changes_nothing(&self) -> bool {
        let Some(old) = &self.old else { return false };
        let same = |path: &[&str]| self.object.root().at(path) == old.root().at(path);
        same(&["spec"]) && same(&["metadata", "annotations"]) && same(&["metadata", "labels"])
    }
}

#[cfg(test)]
mod tests {
    use super::Request;

    const BODY: &str = r#"{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"u",
        "kind":{"group":"kyverno.io"},"operation":"UPDATE",
        "object":{"metadata":{"resourceVersion":"2"},"spec":{"a":1}},
        "oldObject":{"metadata":{"resourceVersion":"1"},"spec":{"a":1}}}}"#;

    #[test]
    fn what_counts_is_told_from_what_does_not() {
        check(BODY, (false, true));
        check(&BODY.replacen("\"a\":1", "\"a\":2", 1), (false, false));
        check(&BODY.replace("UPDATE", "DELETE"), (true, true));
        check(
            &BODY.replace("\"uid\"", "\"subResource\":\"status\",\"uid\""),
            (true, true),
        );
        let going = BODY.replacen("\"resource", "\"deletionTimestamp\":\"t\",\"resource", 1);
        check(&going, (true, true));
    }

    #[test]
    fn what_is_no_review_is_refused() {
        for body in [
            "",
            "{}",
            &BODY.replace("\"u\"", "\"\""),
            &BODY.replace("/v1\"", "/v1beta1\""),
        ] {
            assert!(Request::read(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[track_caller]
    fn check(body: &str, expect: (bool, bool)) {
        let request = Request::read(body.as_bytes()).unwrap();
        assert_eq!(
            (request.is_silent(), request.changes_nothing()),
            expect,
            "{body}"
        );
    }
}
