//! What the gate's own controllers made is changed by nobody else: `protectManagedResources`.
//!
//! Comes in:  the body of a review.
//! Goes out:  the denial, where somebody else changes an object that says it is managed by Kyverno.
//! Never here: policies; which requests are sent here (see `webhooks`): it protects kinds that policies
//!             ask to be sent.

use bytes::Bytes;
use memchr::memmem;
use portcullis_engine::verdict::{Verdict, write_response};
use serde::Deserialize;

/// The label that says whose an object is.
const LABEL: &str = "app.kubernetes.io/managed-by";

/// What it says of what is ours.
const MANAGER: &str = "kyverno";

/// Empties namespaces that are deleted.
const EMPTIES: &str = "system:serviceaccount:kube-system:namespace-controller";

/// As Kyverno says it.
const DENIAL: &str = "A kyverno managed resource can only be modified by kyverno";

/// Who may change what is ours.
#[derive(Clone, Debug)]
pub(super) struct Protect {
    /// How the names of our ServiceAccounts begin, as users.
    accounts: String,
}

impl Protect {
    /// For the ServiceAccounts of the gate's own namespace.
    pub(super) fn new(namespace: &str) -> Protect {
        Protect {
            accounts: format!("system:serviceaccount:{namespace}:"),
        }
    }

    /// The answer to somebody who must not do it; `None` for everybody else.
    ///
    /// Most reviews do not name the label, and are not parsed: API servers write a name as it is.
    pub(super) fn denies(&self, body: &[u8]) -> Option<Bytes> {
        memmem::find(body, LABEL.as_bytes())?;
        // What is no review is refused by whoever decides.
        let review: Review = serde_json::from_slice(body).ok()?;
        let request = &review.request;
        let objects = [&request.object, &request.old_object];
        let ours = objects.into_iter().flatten().any(Object::is_ours);
        let user = request.user_info.username.as_str();
        let allowed =
            user.starts_with(&self.accounts) || (request.operation == "DELETE" && user == EMPTIES);
        (ours && !allowed).then(|| {
            let verdict = Verdict {
                denial: Some(DENIAL.to_owned()),
                ..Verdict::default()
            };
            let mut out = String::with_capacity(256);
            write_response(&mut out, &request.uid, &verdict);
            out.into()
        })
    }
}

#[derive(Deserialize)]
struct Review {
    request: Request,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Request {
    uid: String,
    operation: String,
    user_info: User,
    object: Option<Object>,
    old_object: Option<Object>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct User {
    username: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Object {
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    labels: Option<Labels>,
}

/// The one label that counts.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Labels {
    #[serde(rename = "app.kubernetes.io/managed-by")]
    manager: Option<String>,
}

impl Object {
    fn is_ours(&self) -> bool {
        let labels = self.metadata.labels.as_ref();
        labels.and_then(|labels| labels.manager.as_deref()) == Some(MANAGER)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{DENIAL, LABEL, Protect};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn only_kyverno_changes_what_it_manages() {
        const US: &str = "system:serviceaccount:kyverno:kyverno-background-controller";
        const NAMESPACES: &str = "system:serviceaccount:kube-system:namespace-controller";
        check("jane",     "UPDATE", Some("kyverno"), Some("kyverno"), true);
        check("jane",     "CREATE", Some("kyverno"), None,            true);
        check("jane",     "DELETE", None,            Some("kyverno"), true);
        // Neither taken over nor let go.
        check("jane",     "UPDATE", Some("kyverno"), Some("helm"),    true);
        check("jane",     "UPDATE", Some("helm"),    Some("kyverno"), true);
        check("jane",     "UPDATE", Some("helm"),    Some(""),        false);
        check("jane",     "CONNECT", None,           None,            false);
        check(US,         "UPDATE", Some("kyverno"), Some("kyverno"), false);
        check("system:serviceaccount:kyverno-2:a", "UPDATE", Some("kyverno"), Some("kyverno"), true);
        check(NAMESPACES, "DELETE", None,            Some("kyverno"), false);
        check(NAMESPACES, "UPDATE", Some("kyverno"), Some("kyverno"), true);
    }

    #[track_caller]
    fn check(user: &str, operation: &str, new: Option<&str>, old: Option<&str>, denied: bool) {
        let object = |manager: Option<&str>| {
            manager.map(|manager| match manager {
                "" => json!({ "metadata": { "labels": null } }),
                manager => json!({ "metadata": { "labels": { LABEL: manager } } }),
            })
        };
        let review = json!({ "request": {
            "uid": "u",
            "operation": operation,
            "userInfo": { "username": user },
            "object": object(new),
            "oldObject": object(old),
        }});
        let answer = Protect::new("kyverno").denies(review.to_string().as_bytes());
        let told = answer.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
        assert_eq!(
            told.is_some(),
            denied,
            "{user} {operation} {old:?} -> {new:?}"
        );
        if let Some(told) = told {
            assert!(
                told.contains(DENIAL) && told.contains(r#""uid":"u""#),
                "{told}"
            );
        }
    }
}
