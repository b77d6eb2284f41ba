//! One event, before it becomes an object.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::api::events::v1;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{MicroTime, ObjectMeta};
use portcullis_engine::doc::{AnyPolicy, PolicyId};
use portcullis_engine::review::Review;
use portcullis_lang::value::{Document, Value};

/// The longest note that an API server takes, in bytes.
const MOST_NOTE: usize = 1024;

/// The longest name before the time that makes it unique: names end at 253 characters.
const MOST_NAME: usize = 253 - 17;

/// Why there is an event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// A resource is not as a policy wants it.
    Violation,
    /// A policy did its work.
    Applied,
    /// A policy could not do its work.
    Error,
    /// An exception let a resource off.
    Skipped,
    /// An exception ends soon.
    Expiring,
    /// An exception has ended.
    Expired,
}

impl Reason {
    /// As users filter by it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Reason::Violation => "PolicyViolation",
            Reason::Applied => "PolicyApplied",
            Reason::Error => "PolicyError",
            Reason::Skipped => "PolicySkipped",
            Reason::Expiring => "PolicyExceptionExpiring",
            Reason::Expired => "PolicyExceptionExpired",
        }
    }

    fn is_normal(self) -> bool {
        matches!(self, Reason::Applied | Reason::Skipped)
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Action {
    /// A request was denied.
    Blocked,
    /// A request went its way.
    Passed,
    /// Something was made.
    Generated,
    /// Something was changed.
    Mutated,
    /// Something was deleted.
    CleanedUp,
    /// Nothing.
    None,
}

impl Action {
    /// As users filter by it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Action::Blocked => "Resource Blocked",
            Action::Passed => "Resource Passed",
            Action::Generated => "Resource Generated",
            Action::Mutated => "Resource Mutated",
            Action::CleanedUp => "Resource Cleaned Up",
            Action::None => "None",
        }
    }
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    /// What it is about: `kubectl describe` shows it there.
    pub(crate) regarding: ObjectReference,
    /// What else takes part.
    pub(crate) related: Option<ObjectReference>,
    /// Why.
    pub(crate) reason: Reason,
    /// What was done.
    pub(crate) action: Action,
    /// In words.
    pub(crate) note: String,
    /// Which process says so: `kyverno-admission`, `kyverno-scan`, `kyverno-generate`,
    /// `kyverno-mutate`, `kyverno-cleanup`.
    pub(crate) source: &'static str,
}

impl Event {
    /// The object that says so. `host`: where the process runs.
    pub(super) fn object(self, now: Timestamp, host: &str) -> v1::Event {
        let name = self.regarding.name.as_deref().unwrap_or_default();
        let namespace = self.regarding.namespace.clone();
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        v1::Event {
            metadata: ObjectMeta {
                name: Some(format!("{}.{:x}", dns_safe(name), now.as_nanosecond())),
                namespace: Some(namespace.unwrap_or_else(|| "default".to_owned())),
                ..ObjectMeta::default()
            },
            event_time: Some(MicroTime(now)),
            action: Some(self.action.as_str().to_owned()),
            reason: Some(self.reason.as_str().to_owned()),
            note: Some(cut(self.note)),
            type_: Some(
                if self.reason.is_normal() {
                    "Normal"
                } else {
                    "Warning"
                }
                .to_owned(),
            ),
            regarding: Some(self.regarding),
            related: self.related,
            reporting_controller: Some(self.source.to_owned()),
            reporting_instance: Some(instance(self.source, host)),
            ..v1::Event::default()
        }
    }
}

/// A policy, as an event refers to it.
pub(crate) fn policy_reference(policy: &AnyPolicy) -> ObjectReference {
    reference_to(policy.id(), policy.document())
}

/// The same of a policy's name and the document that it was read from.
pub(crate) fn reference_to(id: &PolicyId, document: &Document) -> ObjectReference {
    let mut reference = reference_of(document.root());
    reference.kind = Some(id.kind.to_string());
    reference.namespace = (!id.namespace.is_empty()).then(|| id.namespace.clone());
    reference
}

/// An object, as an event refers to it.
pub(crate) fn reference_of(object: Value<'_>) -> ObjectReference {
    let metadata = object.get("metadata").unwrap_or_default();
    let text = |of: Value<'_>, key| {
        let text = of.text(key);
        (!text.is_empty()).then(|| text.to_owned())
    };
    ObjectReference {
        api_version: text(object, "apiVersion"),
        kind: text(object, "kind"),
        namespace: text(metadata, "namespace"),
        name: text(metadata, "name"),
        uid: text(metadata, "uid"),
        resource_version: text(metadata, "resourceVersion"),
        field_path: None,
    }
}

/// What a review is about. Its kind is the request's: the options of a CONNECT are no object.
pub(crate) fn resource_reference(review: &Review<'_>) -> ObjectReference {
    let kind = &review.kind;
    let mut reference = reference_of(review.resource());
    let version = match kind.group {
        "" => kind.version.to_owned(),
        group => format!("{group}/{}", kind.version),
    };
    reference.api_version = Some(version);
    reference.kind = Some(kind.kind.to_owned());
    let stated = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    // A request about a Namespace is said to be in it.
    let is_namespace = (kind.group, kind.kind) == ("", "Namespace");
    reference.namespace = stated(review.namespace).filter(|_| !is_namespace);
    reference.name = reference
        .name
        .or_else(|| stated(review.request.text("name")));
    reference
}

/// What an API server takes as a part of a name.
fn dns_safe(name: &str) -> String {
    let safe = |character: char| match character.to_ascii_lowercase() {
        character @ ('a'..='z' | '0'..='9' | '.') => character,
        _ => '-',
    };
    let name: String = name.chars().take(MOST_NAME).map(safe).collect();
    let ends = |character| matches!(character, '-' | '.');
    // Between dots a name begins and ends with a letter or a digit.
    let parts = name.split('.').map(|part| part.trim_matches(ends));
    let parts: Vec<_> = parts.filter(|part| !part.is_empty()).collect();
    match parts.is_empty() {
        true => "event".to_owned(),
        false => parts.join("."),
    }
}

/// The note as far as it fits.
fn cut(mut note: String) -> String {
    if note.len() > MOST_NOTE {
        let mut end = MOST_NOTE - 3;
        while !note.is_char_boundary(end) {
            end -= 1;
        }
        note.truncate(end);
        note.push_str("...");
    }
    note
}

/// At most 128 bytes are taken.
fn instance(source: &str, host: &str) -> String {
    let mut instance = format!("{source}-{host}");
    let mut end = instance.len().min(128);
    while !instance.is_char_boundary(end) {
        end -= 1;
    }
    instance.truncate(end);
    instance
}

#[cfg(test)]
mod tests {
    use super::{cut, dns_safe};

    #[test]
    fn names_are_what_an_api_server_takes() {
        for (name, expect) in [
            ("require-labels", "require-labels"),
            ("system:kube:Admin", "system-kube-admin"),
            ("a..b.-c-.", "a.b.c"),
            ("::", "event"),
        ] {
            assert_eq!(dns_safe(name), expect, "{name}");
        }
        assert_eq!(dns_safe(&"x".repeat(300)).len(), 236);
    }

    #[test]
    fn notes_end_where_they_have_to() {
        assert_eq!(cut("short".to_owned()), "short");
        let long = cut("é".repeat(600));
        assert!(
            long.len() <= 1024 && long.ends_with("é..."),
            "{}",
            long.len()
        );
    }
}
