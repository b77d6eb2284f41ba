//! The bytes of an AdmissionReview, read into reused memory without copying a value.
//!
//! simd-json writes unescaped texts over its input, so the body is copied once (84 ns for 12 KB)
//! and stays readable for a second round when a fact was missing in the first.

use std::fmt;

use portcullis_lang::value::{Map, Numbers, Value, value_of};
use simd_json::tape::Tape;

use super::parent::parent_kind;
use super::trim::Cuts;
use super::{Operation, ResourceKind, Review, UserInfo};

/// How deep a review may nest; Go's limit is 10,000, but nothing real comes near this.
const MAX_DEPTH: usize = 512;

/// Bytes that simd-json wants behind its input.
const PADDING: usize = 64;

/// Why a body is no AdmissionReview. The client is told; nothing was decided.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// What is wrong and what was expected.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// Memory for decoding, reused from review to review: no allocation once it has grown.
pub struct Buffers {
    bytes: Vec<u8>,
    parser: simd_json::Buffers,
    tape: Tape<'static>,
}

impl Default for Buffers {
    fn default() -> Self {
        Buffers {
            bytes: Vec::new(),
            parser: simd_json::Buffers::with_max_depth(0, MAX_DEPTH),
            tape: Tape::null(),
        }
    }
}

impl fmt::Debug for Buffers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buffers")
            .field("bytes", &self.bytes.capacity())
            .finish_non_exhaustive()
    }
}

impl Buffers {
    /// Decodes `body` and hands the review to `then`.
    ///
    /// # Errors
    ///
    /// Where the body is not JSON, or not an `admission.k8s.io/v1` AdmissionReview with a request.
    pub fn decode<T>(
        &mut self,
        body: &[u8],
        then: impl FnOnce(Review<'_>) -> T,
    ) -> Result<T, Refusal> {
        self.bytes.clear();
        self.bytes.extend_from_slice(body);
        self.parse(|root| review(root).map(then))?
    }

    /// Decodes `body` without the managed fields of its objects, and hands the review to `then`; see
    /// `review::trim`.
    ///
    /// `None` where it has none, or cannot be decoded like that.
    pub(crate) fn decode_trimmed<T>(
        &mut self,
        body: &[u8],
        operation: Operation,
        then: impl FnOnce(Review<'_>) -> Option<T>,
    ) -> Option<T> {
        let cuts = Cuts::find(body, operation)?;
        self.bytes.clear();
        cuts.append_rest(body, &mut self.bytes);
        let decoded = self.parse(|root| {
            let review = review(root).ok()?;
            (marks(&review) == cuts.count()).then(|| then(review))?
        });
        decoded.ok()?
    }

    /// Parses the bytes and hands the root to `then`.
    fn parse<T>(&mut self, then: impl FnOnce(Value<'_>) -> T) -> Result<T, Refusal> {
        let length = self.bytes.len();
        self.bytes.resize(length + PADDING, 0);
        let mut tape = std::mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        let parsed =
            simd_json::fill_tape_padded(&mut self.bytes, length, &mut self.parser, &mut tape);
        let result = match parsed {
            Ok(()) => {
                Numbers::Doubles.settle(&mut tape.0);
                Ok(then(value_of(&tape.0)))
            }
            Err(error) => Err(refuse(format!(
                "the body is not valid JSON: {:?} at byte {}",
                error.error(),
                error.index()
            ))),
        };
        self.tape = tape.reset();
        result
    }
}

/// How many objects of the review have a mark for their managed fields.
fn marks(review: &Review<'_>) -> usize {
    let is_marked = |object: &Value<'_>| {
        let fields = object.at(&["metadata", "managedFields"]);
        let mut list = fields.and_then(Value::as_list).into_iter().flatten();
        matches!((list.next(), list.next()), (Some(Value::Float(0.0)), None))
    };
    let objects = [review.object, review.old_object];
    objects.iter().flatten().filter(|it| is_marked(it)).count()
}

fn refuse(message: String) -> Refusal {
    Refusal { message }
}

/// What a request says, its entries gone through once.
#[derive(Default)]
struct Sent<'v> {
    uid: &'v str,
    kind: Value<'v>,
    resource: Value<'v>,
    subresource: &'v str,
    namespace: &'v str,
    operation: &'v str,
    user: Value<'v>,
    object: Value<'v>,
    old_object: Value<'v>,
}

impl<'v> Sent<'v> {
    fn of(request: Map<'v>) -> Sent<'v> {
        let mut sent = Sent::default();
        for (key, value) in request {
            let text = || value.as_str().unwrap_or_default();
            match key {
                "uid" => sent.uid = text(),
                "kind" => sent.kind = value,
                "resource" => sent.resource = value,
                "subResource" => sent.subresource = text(),
                "namespace" => sent.namespace = text(),
                "operation" => sent.operation = text(),
                "userInfo" => sent.user = value,
                "object" => sent.object = value,
                "oldObject" => sent.old_object = value,
                _ => {}
            }
        }
        sent
    }
}

fn review<'v>(root: Value<'v>) -> Result<Review<'v>, Refusal> {
    if root.as_map().is_none() {
        return Err(refuse(
            "the body is JSON, but not an object; expected an AdmissionReview".to_owned(),
        ));
    }
    let (api_version, kind) = (root.text("apiVersion"), root.text("kind"));
    if (api_version, kind) != ("admission.k8s.io/v1", "AdmissionReview") {
        return Err(refuse(format!(
            "expected `admission.k8s.io/v1` `AdmissionReview`, but got `{api_version}` `{kind}`"
        )));
    }
    let Some(Value::Map(request)) = root.get("request") else {
        return Err(refuse("the AdmissionReview has no `request`".to_owned()));
    };
    let sent = Sent::of(request);
    if sent.uid.is_empty() {
        return Err(refuse(
            "`request.uid` is missing, so no answer could be matched to it".to_owned(),
        ));
    }
    let Some(operation) = Operation::parse(sent.operation) else {
        return Err(refuse(format!(
            "`request.operation` is `{}`, but the API server sends CREATE, UPDATE, DELETE or CONNECT",
            sent.operation
        )));
    };
    let (group, kind) = (sent.kind.text("group"), sent.kind.text("kind"));
    if kind.is_empty() {
        return Err(refuse("`request.kind.kind` is missing".to_owned()));
    }
    // An API server calls a Namespace its own namespace; like any object without one it is in none.
    let namespace = match (group, kind) {
        ("", "Namespace") => "",
        _ => sent.namespace,
    };
    let parent = match sent.subresource {
        "" => None,
        _ => parent_kind(sent.resource.text("group"), sent.resource.text("resource")),
    };
    let named = parent.map_or(sent.kind, |_| sent.resource);
    let object = |sent: Value<'v>| Some(sent).filter(|sent| sent.as_map().is_some());
    Ok(Review {
        uid: sent.uid,
        kind: ResourceKind {
            group: named.text("group"),
            version: named.text("version"),
            kind: parent.unwrap_or(kind),
            subresource: sent.subresource,
        },
        operation,
        namespace,
        object: object(sent.object),
        old_object: object(sent.old_object),
        user: UserInfo {
            info: sent.user,
            ..UserInfo::default()
        },
        namespace_labels: None,
        namespace_object: None,
        request: Value::Map(request),
        admission: true,
    })
}

#[cfg(test)]
mod tests {
    use super::{Buffers, Operation};
    use crate::review::Envelope;

    const POD: &str = r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u1",
        "kind":{"group":"","version":"v1","kind":"Pod"},"operation":"CREATE","namespace":"n","subResource":"",
        "userInfo":{"username":"a","groups":["g"]},"oldObject":null,
        "object":{"metadata":{"name":"p\u0041"},"spec":{"priority":1}}}}"#;

    #[test]
    fn a_review_is_read_in_place_and_the_memory_is_used_again() {
        let mut buffers = Buffers::default();
        for _ in 0..3 {
            let seen = buffers.decode(POD.as_bytes(), |review| {
                assert_eq!(review.operation, Operation::Create);
                assert_eq!(
                    (review.kind.kind, review.namespace, review.uid),
                    ("Pod", "n", "u1")
                );
                assert!(review.old_object.is_none());
                assert_eq!(review.user.groups().collect::<Vec<_>>(), ["g"]);
                review.name().to_owned()
            });
            assert_eq!(seen.as_deref(), Ok("pA"));
        }
    }

    #[test]
    fn a_namespace_is_in_no_namespace() {
        let body = POD.replace("\"kind\":\"Pod\"", "\"kind\":\"Namespace\"");
        let seen = Buffers::default().decode(body.as_bytes(), |review| {
            // Variables see the request as it was sent.
            let sent = review.request.text("namespace");
            (review.namespace.to_owned(), sent.to_owned())
        });
        assert_eq!(seen, Ok((String::new(), "n".to_owned())));
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn a_subresource_is_of_its_resources_kind() {
        is_of(("autoscaling", "v1", "Scale"), ("apps", "v1", "deployments"), "scale", "apps/v1/Deployment/scale");
        is_of(("", "v1", "PodExecOptions"),   ("", "v1", "pods"),            "exec",  "/v1/Pod/exec");
        is_of(("", "v1", "Pod"),              ("", "v1", "pods"),            "",      "/v1/Pod/");
        is_of(("autoscaling", "v1", "Scale"), ("x.io", "v1", "things"),      "scale", "autoscaling/v1/Scale/scale");
    }

    #[track_caller]
    fn is_of(
        kind: (&str, &str, &str),
        resource: (&str, &str, &str),
        subresource: &str,
        expect: &str,
    ) {
        let named = |(group, version, name): (&str, &str, &str), key: &str| {
            format!(r#"{{"group":"{group}","version":"{version}","{key}":"{name}"}}"#)
        };
        let (kind, resource) = (named(kind, "kind"), named(resource, "resource"));
        let body = format!(
            r#"{{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{{"uid":"u",
                "kind":{kind},"resource":{resource},"subResource":"{subresource}","operation":"UPDATE","object":{{}}}}}}"#
        );
        let seen = Buffers::default().decode(body.as_bytes(), |review| {
            let kind = review.kind;
            format!(
                "{}/{}/{}/{}",
                kind.group, kind.version, kind.kind, kind.subresource
            )
        });
        assert_eq!(seen.as_deref(), Ok(expect));
        // What is read from the first bytes must not say something else.
        if let Some(envelope) = Envelope::read(body.as_bytes()) {
            assert!(
                expect.contains(&format!("/{}/", envelope.kind)),
                "{}",
                envelope.kind
            );
        }
    }

    #[test]
    fn what_is_no_review_is_refused_with_the_reason() {
        check("", "not valid JSON");
        check("{", "not valid JSON");
        check("[]", "not an object");
        check(
            "{}",
            "expected `admission.k8s.io/v1` `AdmissionReview`, but got `` ``",
        );
        check(
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1"}"#,
            "v1beta1",
        );
        check(
            r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}"#,
            "no `request`",
        );
        check(&POD.replace("\"u1\"", "\"\""), "uid");
        check(&POD.replace("CREATE", "create"), "operation");
        check(
            &POD.replace("\"kind\":\"Pod\"", "\"kind\":7"),
            "request.kind.kind",
        );
        check(
            &POD.replace(
                "1}",
                &format!("{}1{}}}", "[".repeat(5000), "]".repeat(5000)),
            ),
            "not valid JSON",
        );
    }

    #[track_caller]
    fn check(body: &str, expect: &str) {
        let refused = Buffers::default()
            .decode(body.as_bytes(), |_| ())
            .unwrap_err();
        assert!(
            refused.message.contains(expect),
            "{} / {expect}",
            refused.message
        );
    }
}
