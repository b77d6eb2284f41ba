//! One result of a report.
//!
//! Comes in:  the outcome of a rule, and the policy that it is of.
//! Goes out:  an [`Entry`], with the fields that Kyverno writes.
//! Never here: which report it belongs to.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;
use portcullis_engine::doc::{AnyPolicy, PolicyKind};
use portcullis_engine::outcome::{RuleOutcome, RuleType, Status};
use portcullis_lang::value::{Document, Value};
use serde::{Deserialize, Serialize};

/// The property that tells a scan's results from a request's.
pub(super) const PROCESS: &str = "process";

/// Marks results of requests that were denied.
pub(super) const BLOCKED: &str = "blocked";

/// The label by which a policy keeps out of reports.
const DISABLED: &str = "reports.kyverno.io/disabled";

/// One result.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Entry {
    /// Who says so: `kyverno`, `KyvernoValidatingPolicy`, ...
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) source: String,
    /// `name`, or `namespace/name`.
    #[serde(default)]
    pub(crate) policy: String,
    /// Empty where the policy has no rules.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) rule: String,
    /// `pass`, `fail`, `warn`, `error`, `skip`
    #[serde(default)]
    pub(crate) result: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) message: String,
    /// Does a failure count?
    #[serde(default)]
    pub(crate) scored: bool,
    /// From the policy's annotation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) category: String,
    /// From the policy's annotation.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) severity: String,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) properties: BTreeMap<String, String>,
    /// The objects, where the report is about several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) resources: Vec<super::report::Scope>,
    /// When it was found.
    #[serde(default)]
    pub(crate) timestamp: Time,
}

/// A time as reports write it.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
pub(crate) struct Time {
    /// Since 1970.
    #[serde(default)]
    pub(crate) seconds: i64,
    /// Of the second.
    #[serde(default)]
    pub(crate) nanos: i32,
}

impl Time {
    /// The time as it is.
    pub(crate) fn now() -> Time {
        let now = Timestamp::now();
        Time {
            seconds: now.as_second(),
            nanos: now.subsec_nanosecond(),
        }
    }
}

/// How a result came about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Process {
    /// An object was found.
    Scan,
    /// Somebody asked.
    Admission,
}

impl Process {
    fn text(self) -> &'static str {
        match self {
            Process::Scan => "background scan",
            Process::Admission => "admission review",
        }
    }
}

/// What results tell of the policy that they are of.
#[derive(Clone, Debug)]
pub(crate) struct Author {
    source: &'static str,
    policy: String,
    has_rules: bool,
    scored: bool,
    category: String,
    severity: String,
    silent: bool,
}

impl Author {
    /// Of a policy of any kind.
    pub(crate) fn of(policy: &AnyPolicy) -> Author {
        let id = policy.id();
        let annotation = |key| policy.annotation(key).unwrap_or_default().to_owned();
        let severity = annotation("policies.kyverno.io/severity").to_lowercase();
        let known = ["critical", "high", "medium", "low", "info"];
        Author {
            source: source(id.kind),
            policy: match id.kind.is_namespaced() {
                true => format!("{}/{}", id.namespace, id.name),
                false => id.name.clone(),
            },
            has_rules: id.kind.has_rules() || id.kind.is_native(),
            scored: annotation("policies.kyverno.io/scored") != "false",
            category: annotation("policies.kyverno.io/category"),
            severity: match known.contains(&severity.as_str()) {
                true => severity,
                false => String::new(),
            },
            silent: label(policy, DISABLED).is_some(),
        }
    }

    /// Does the policy keep out of reports?
    pub(crate) fn is_silent(&self) -> bool {
        self.silent
    }

    /// Who results say they are of.
    pub(crate) fn source(&self) -> &'static str {
        self.source
    }

    /// `name`, or `namespace/name`.
    pub(crate) fn policy(&self) -> &str {
        &self.policy
    }

    /// The result that an outcome is.
    pub(crate) fn entry(&self, outcome: &RuleOutcome, process: Process, now: Time) -> Entry {
        let status = match outcome.status {
            Status::Fail if !self.scored => Status::Warn,
            status => status,
        };
        let mut properties = properties(outcome);
        properties.insert(PROCESS.to_owned(), process.text().to_owned());
        let message = stated_message(outcome);
        Entry {
            source: self.source.to_owned(),
            policy: self.policy.clone(),
            rule: match self.has_rules {
                true => outcome.rule.clone(),
                false => String::new(),
            },
            result: status.as_str().to_owned(),
            message: message.to_owned(),
            scored: self.scored,
            category: self.category.clone(),
            severity: self.severity.clone(),
            properties,
            resources: Vec::new(),
            timestamp: now,
        }
    }
}

impl Entry {
    /// Is it of the same rule? Of several objects that a rule changed each has its own result.
    pub(super) fn is_about(&self, other: &Entry) -> bool {
        self.source == other.source
            && self.policy == other.policy
            && self.rule == other.rule
            && self.properties.get(PATCHED_TARGET) == other.properties.get(PATCHED_TARGET)
    }

    /// Does it say the same, whenever and however that was found?
    pub(super) fn says_what(&self, other: &Entry) -> bool {
        let told = |entry: &Entry| {
            let mut told = entry.clone();
            told.timestamp = Time::default();
            told.properties.remove(PROCESS);
            told
        };
        told(self) == told(other)
    }

    /// A number that is the same for entries that say the same.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        let Entry {
            rule,
            result,
            message,
            scored,
            category,
            severity,
            properties,
            ..
        } = self;
        (rule, result, message, scored, category, severity).hash(&mut hasher);
        let told = properties.iter().filter(|(key, _)| *key != PROCESS);
        told.for_each(|property| property.hash(&mut hasher));
        hasher.finish()
    }

    /// Marks it as of a request that was denied.
    pub(super) fn block(&mut self) {
        self.properties
            .insert(BLOCKED.to_owned(), "true".to_owned());
    }

    /// Whether it is to be kept before others where there is no room for all.
    pub(super) fn weight(&self) -> u8 {
        match self.result.as_str() {
            "fail" => 0,
            "error" => 1,
            "warn" => 2,
            "skip" => 3,
            _ => 4,
        }
    }
}

/// Who reports say they come from.
pub(crate) fn source(kind: PolicyKind) -> &'static str {
    match kind {
        PolicyKind::ClusterPolicy | PolicyKind::Policy => "kyverno",
        PolicyKind::ClusterCleanupPolicy | PolicyKind::CleanupPolicy => "KyvernoCleanupPolicy",
        PolicyKind::ValidatingPolicy | PolicyKind::NamespacedValidatingPolicy => {
            "KyvernoValidatingPolicy"
        }
        PolicyKind::MutatingPolicy | PolicyKind::NamespacedMutatingPolicy => {
            "KyvernoMutatingPolicy"
        }
        PolicyKind::GeneratingPolicy | PolicyKind::NamespacedGeneratingPolicy => {
            "KyvernoGeneratingPolicy"
        }
        PolicyKind::DeletingPolicy | PolicyKind::NamespacedDeletingPolicy => {
            "KyvernoDeletingPolicy"
        }
        PolicyKind::ImageValidatingPolicy | PolicyKind::NamespacedImageValidatingPolicy => {
            "KyvernoImageValidatingPolicy"
        }
        PolicyKind::ValidatingAdmissionPolicy => "ValidatingAdmissionPolicy",
        PolicyKind::MutatingAdmissionPolicy => "MutatingAdmissionPolicy",
    }
}

/// A label of the policy.
pub(crate) fn label<'p>(policy: &'p AnyPolicy, key: &str) -> Option<&'p str> {
    let root = policy.document().root();
    root.at(&["metadata", "labels"])?.get(key)?.as_str()
}

/// The property that names an object which a rule changed.
pub(crate) const PATCHED_TARGET: &str = "patched-target";

fn properties(outcome: &RuleOutcome) -> BTreeMap<String, String> {
    let stated = outcome.properties.iter().cloned();
    let mut properties: BTreeMap<_, _> = stated.collect();
    if !outcome.exceptions.is_empty() {
        let names = outcome.exceptions.iter().map(|key| bare(key));
        let names: Vec<_> = names.collect();
        properties.insert("exceptions".to_owned(), names.join(","));
    }
    if let Some(target) = &outcome.patched_target {
        properties.insert(PATCHED_TARGET.to_owned(), reference(target));
    }
    if !outcome.generated.is_empty() {
        let made: Vec<_> = outcome.generated.iter().map(reference).collect();
        properties.insert("generated-resources".to_owned(), made.join("; "));
    }
    properties
}

/// A name without its namespace.
fn bare(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// An object as reports name it in a property: `/v1, Kind=Secret Name=s Namespace=n`.
pub(crate) fn reference(object: &Document) -> String {
    let root = object.root();
    let api_version = root.text("apiVersion");
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let metadata = root.get("metadata").unwrap_or(Value::Null);
    format!(
        "{group}/{version}, Kind={} Name={} Namespace={}",
        root.text("kind"),
        metadata.text("name"),
        metadata.text("namespace"),
    )
}

/// The rule's own words for this status, or its message.
fn stated_message(outcome: &RuleOutcome) -> &str {
    let own = match outcome.status {
        Status::Pass => "passMessage",
        Status::Fail => "failMessage",
        Status::Warn => "warnMessage",
        Status::Error => "errorMessage",
        Status::Skip => "skipMessage",
    };
    let stated = |key: &str| {
        let mut all = outcome.properties.iter();
        all.find(|(name, _)| name == key).map(|(_, text)| text)
    };
    let stated = stated(own).or_else(|| stated("message"));
    stated.map_or(outcome.message.as_str(), String::as_str)
}

/// Is the outcome of a change of an existing object?
pub(super) fn is_existing(outcome: &RuleOutcome) -> bool {
    outcome.kind == RuleType::Mutation && outcome.patched_target.is_some()
}
