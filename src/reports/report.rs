//! The report of one object, as the API server keeps it.

use std::collections::BTreeMap;

use portcullis_lang::value::Value;
use serde::{Deserialize, Serialize};

use super::entry::Entry;
use super::format::Format;

/// The label of everything that a gate's processes keep.
const MANAGED: (&str, &str) = ("app.kubernetes.io/managed-by", "kyverno");

/// How the API server is asked for these reports only.
pub(crate) const SELECTOR: &str = "app.kubernetes.io/managed-by=kyverno";

/// The annotation that says how many results there was no room for.
const OMITTED: &str = "reports.kyverno.io/omitted-results";

/// An object that has a report.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Owner {
    /// `group/version`, or a version of the core group.
    pub(crate) api_version: String,
    /// Its kind.
    pub(crate) kind: String,
    /// Empty where it has none.
    pub(crate) namespace: String,
    /// Its name.
    pub(crate) name: String,
    /// What tells it from others of its name, at other times.
    pub(crate) uid: String,
}

impl Owner {
    /// An object of which everything is known.
    pub(crate) fn of(object: Value<'_>) -> Option<Owner> {
        let owner = Owner::unnamed(object);
        owner.is_complete().then_some(owner)
    }

    /// Can it have a report?
    pub(crate) fn is_complete(&self) -> bool {
        let needed = [&self.api_version, &self.kind, &self.name, &self.uid];
        !needed.into_iter().any(String::is_empty)
    }

    /// An object of which not everything has to be known yet.
    pub(super) fn unnamed(object: Value<'_>) -> Owner {
        let metadata = object.get("metadata").unwrap_or_default();
        Owner {
            api_version: object.text("apiVersion").to_owned(),
            kind: object.text("kind").to_owned(),
            namespace: metadata.text("namespace").to_owned(),
            name: metadata.text("name").to_owned(),
            uid: metadata.text("uid").to_owned(),
        }
    }
}

/// A report. Fields that are none of these are not kept.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    #[serde(default)]
    pub(super) api_version: String,
    #[serde(default)]
    pub(super) kind: String,
    pub(super) metadata: Metadata,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<Scope>,
    /// Of OpenReports only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) source: String,
    #[serde(default)]
    pub(crate) results: Vec<Entry>,
    #[serde(default)]
    pub(super) summary: Summary,
}

/// What of the metadata is written, or needed for writing.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) namespace: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) resource_version: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) labels: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) annotations: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) owner_references: Vec<OwnerReference>,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OwnerReference {
    api_version: String,
    kind: String,
    name: String,
    uid: String,
}

/// An object, as a report names it.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Scope {
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) api_version: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) namespace: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) uid: String,
}

impl From<&Owner> for Scope {
    fn from(owner: &Owner) -> Scope {
        Scope {
            api_version: owner.api_version.clone(),
            kind: owner.kind.clone(),
            namespace: owner.namespace.clone(),
            name: owner.name.clone(),
            uid: owner.uid.clone(),
        }
    }
}

/// Results by status.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub(super) struct Summary {
    pub(super) pass: usize,
    pub(super) fail: usize,
    pub(super) warn: usize,
    pub(super) error: usize,
    pub(super) skip: usize,
}

impl Summary {
    fn of(entries: &[Entry]) -> Summary {
        let count = |result: &str| {
            entries
                .iter()
                .filter(|entry| entry.result == result)
                .count()
        };
        Summary {
            pass: count("pass"),
            fail: count("fail"),
            warn: count("warn"),
            error: count("error"),
            skip: count("skip"),
        }
    }
}

impl Report {
    /// An empty one of an object.
    pub(super) fn new(format: Format, owner: &Owner) -> Report {
        Report {
            api_version: format.api_version(),
            kind: format.kind(!owner.namespace.is_empty()).to_owned(),
            metadata: Metadata {
                name: owner.uid.clone(),
                namespace: owner.namespace.clone(),
                owner_references: vec![OwnerReference {
                    api_version: owner.api_version.clone(),
                    kind: owner.kind.clone(),
                    name: owner.name.clone(),
                    uid: owner.uid.clone(),
                }],
                labels: labels(),
                ..Metadata::default()
            },
            scope: Some(owner.into()),
            source: source(format),
            results: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// An empty one of no object, of the whole cluster.
    pub(super) fn of_cluster(format: Format, name: &str) -> Report {
        Report {
            api_version: format.api_version(),
            kind: format.kind(false).to_owned(),
            metadata: Metadata {
                name: name.to_owned(),
                labels: labels(),
                ..Metadata::default()
            },
            scope: None,
            source: source(format),
            results: Vec::new(),
            summary: Summary::default(),
        }
    }

    /// The same report with these results, as many as there is room for.
    #[must_use]
    pub(super) fn with(mut self, mut entries: Vec<Entry>, most: usize) -> Report {
        let omitted = entries.len().saturating_sub(most);
        if omitted > 0 {
            entries.sort_by(|a, b| {
                let order = a.weight().cmp(&b.weight());
                let order = order.then_with(|| a.policy.cmp(&b.policy));
                order.then_with(|| a.rule.cmp(&b.rule))
            });
            entries.truncate(most);
        }
        entries.sort_by(|a, b| {
            let key = |entry: &Entry| (entry.timestamp.seconds, entry.timestamp.nanos);
            let order = a.policy.cmp(&b.policy).then_with(|| a.rule.cmp(&b.rule));
            let order = order.then_with(|| a.source.cmp(&b.source));
            order.then_with(|| key(a).cmp(&key(b)))
        });
        let annotations = &mut self.metadata.annotations;
        match omitted {
            0 => annotations.remove(OMITTED),
            count => annotations.insert(OMITTED.to_owned(), count.to_string()),
        };
        self.summary = Summary::of(&entries);
        self.results = entries;
        self
    }
}

fn labels() -> BTreeMap<String, String> {
    let (key, value) = MANAGED;
    BTreeMap::from([(key.to_owned(), value.to_owned())])
}

fn source(format: Format) -> String {
    match format {
        Format::PolicyReports => String::new(),
        Format::OpenReports => "kyverno".to_owned(),
    }
}
