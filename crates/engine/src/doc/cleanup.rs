//! `CleanupPolicy` and `ClusterCleanupPolicy`: what is deleted, and when.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::cron::Schedule;
use portcullis_lang::value::{Document, Item};

use super::fields::Fields;
use super::filter::Filters;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::rule::ContextEntry;
use super::source::Source;

/// A policy that deletes objects at stated times.
#[derive(Debug)]
pub struct CleanupPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// When it runs; `None` where the text is no cron line, and a finding says so.
    pub schedule: Option<Schedule>,
    /// Which objects it is about.
    pub matches: Filters,
    /// Which of those it is not about.
    pub excludes: Filters,
    /// Context entries, in order, as written.
    pub context: Vec<ContextEntry>,
    /// What must hold of an object beside that, as written.
    pub conditions: Option<Document>,
    /// `deletionPropagationPolicy`, where it is stated.
    pub propagation: Option<Propagation>,
}

/// What happens to the dependents of an object that is deleted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Propagation {
    /// They are deleted first.
    Foreground,
    /// They are deleted afterwards.
    Background,
    /// They stay.
    Orphan,
}

impl Propagation {
    /// The spellings, as Kubernetes has them.
    pub const NAMES: [&'static str; 3] = ["Foreground", "Background", "Orphan"];

    /// Reads the name that Kubernetes uses.
    pub fn parse(text: &str) -> Option<Propagation> {
        match text {
            "Foreground" => Some(Propagation::Foreground),
            "Background" => Some(Propagation::Background),
            "Orphan" => Some(Propagation::Orphan),
            _ => None,
        }
    }
}

impl CleanupPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> CleanupPolicy {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let mut policy = CleanupPolicy {
            id: metadata.id(kind),
            source: Source::new(metadata.annotations, document),
            schedule: None,
            matches: Filters::default(),
            excludes: Filters::default(),
            context: Vec::new(),
            conditions: None,
            propagation: None,
        };
        let spec = root.map("spec", |spec| {
            let at = spec.item("schedule").map(Item::span);
            let schedule = spec.text("schedule");
            policy.schedule = schedule.and_then(|text| Schedule::parse(text).ok());
            policy.matches = Filters::read(spec, "match");
            policy.excludes = Filters::read(spec, "exclude");
            policy.context = ContextEntry::read_all(spec);
            policy.conditions = spec.item("conditions").map(Item::to_document);
            let propagation = spec.one_of("deletionPropagationPolicy", &Propagation::NAMES);
            policy.propagation = propagation.and_then(Propagation::parse);
            let span = spec.span();
            if at.is_none() {
                let message = "the policy has no `schedule`";
                let finding = Diagnostic::error("invalid-schedule", message, span);
                spec.diagnostics().push(finding);
            }
        });
        let at = root.span();
        if spec.is_none() {
            let finding = Diagnostic::error("no-spec", "the policy has no `spec`", at);
            root.diagnostics().push(finding);
        }
        if policy.id.name.is_empty() {
            let finding = Diagnostic::error("no-name", "the policy has no `metadata.name`", at);
            root.diagnostics().push(finding);
        }
        root.close();
        policy
    }
}
