//! `MutatingPolicy` and `NamespacedMutatingPolicy`: what becomes of objects.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Item, Span};

use super::cel::{MutatingCel, MutatingTexts, Text};
use super::constraints::Constraints;
use super::controllers;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::settings::{FailurePolicy, failure_policy, timeout};
use super::source::Source;
use super::validating::Mode;

/// A policy that changes objects, read and compiled.
#[derive(Debug)]
pub struct MutatingPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// What an error does to the request.
    pub failure_policy: FailurePolicy,
    /// Does the policy say it itself?
    pub states_failure_policy: bool,
    /// `webhookConfiguration.timeoutSeconds`
    pub timeout_seconds: Option<i64>,
    /// Does it take objects of Kubernetes, or any JSON?
    pub mode: Mode,
    /// `evaluation.admission.enabled`
    pub admission: bool,
    /// `evaluation.background.enabled`
    pub background: bool,
    /// `evaluation.mutateExisting.enabled`: are existing objects changed too?
    pub existing: bool,
    /// `evaluation.skipBackgroundRequests`: is it silent on requests of the controller that changes
    /// existing objects?
    pub skip_background_requests: bool,
    /// `evaluation.useServerSideApply`: are atomic lists and maps replaced?
    pub replaces_atomics: bool,
    /// The existing objects that it changes instead of the one that is asked about.
    pub targets: Option<TargetMatch>,
    /// The policy as written, then what autogen makes of it for Pod controllers.
    pub variants: Vec<MutatingVariant>,
}

/// `targetMatchConstraints`: which existing objects are changed.
#[derive(Debug)]
pub struct TargetMatch {
    /// By their kind, name and labels.
    pub constraints: Constraints,
}

/// One form of a policy.
#[derive(Debug)]
pub struct MutatingVariant {
    /// Which requests it is about; `None` for none at all.
    pub constraints: Option<Constraints>,
    /// What it does, or why it cannot.
    pub cel: Result<MutatingCel, String>,
    /// Where the constraints stand.
    pub at: Span,
}

impl MutatingPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<MutatingPolicy> {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let mut policy = MutatingPolicy {
            id: metadata.id(kind),
            source: Source::new(metadata.annotations, document),
            failure_policy: FailurePolicy::default(),
            states_failure_policy: false,
            timeout_seconds: None,
            mode: Mode::default(),
            admission: true,
            background: true,
            existing: false,
            skip_background_requests: true,
            replaces_atomics: false,
            targets: None,
            variants: Vec::new(),
        };
        let spec = root.map("spec", |spec| policy.read_spec(spec));
        root.close();
        spec.map(|()| policy)
    }

    fn read_spec(&mut self, spec: &mut Fields<'_, '_>) {
        let stated = failure_policy(spec);
        self.states_failure_policy = stated.is_some();
        self.failure_policy = stated.unwrap_or_default();
        spec.one_of("reinvocationPolicy", &["Never", "IfNeeded"]);
        let stated = spec.map("webhookConfiguration", |webhook| {
            timeout(webhook, "timeoutSeconds")
        });
        self.timeout_seconds = stated.flatten();
        spec.map("evaluation", |evaluation| self.read_evaluation(evaluation));
        let named = spec.map("autogen", |autogen| {
            autogen.ignore(&["mutatingAdmissionPolicy"]);
            controllers::read(autogen)
        });
        let mut expression = None;
        self.targets = spec
            .map("targetMatchConstraints", |targets| {
                expression =
                    Some(Text::read(targets, "expression")).filter(|text| !text.text.is_empty());
                let constraints = Constraints::read(targets);
                TargetMatch { constraints }
            })
            .filter(|targets| expression.is_some() || !targets.constraints.rules.is_empty());
        let at = spec.item("matchConstraints").map(Item::span);
        let at = at.unwrap_or_default();
        let constraints = spec.map("matchConstraints", Constraints::read);
        let texts = MutatingTexts::read(spec, expression);
        let kind = self.id.kind;
        let groups = controllers::groups(constraints.as_ref(), named.flatten().as_deref());
        let made = groups.into_iter().map(|group| MutatingVariant {
            cel: texts.moved(group.place).compile(kind),
            constraints: Some(group.constraints),
            at,
        });
        let made: Vec<_> = made.collect();
        self.variants.push(MutatingVariant {
            constraints,
            cel: texts.compile(kind),
            at,
        });
        self.variants.extend(made);
    }

    fn read_evaluation(&mut self, evaluation: &mut Fields<'_, '_>) {
        let mut enabled = |key| {
            let flag = evaluation.map(key, |part| part.flag("enabled"));
            flag.flatten()
        };
        self.admission = enabled("admission").unwrap_or(true);
        self.background = enabled("background").unwrap_or(true);
        self.existing = enabled("mutateExisting").unwrap_or_default();
        let skips = evaluation.flag("skipBackgroundRequests");
        self.skip_background_requests = skips.unwrap_or(true);
        self.replaces_atomics = evaluation.flag("useServerSideApply").unwrap_or_default();
        if evaluation.one_of("mode", &["Kubernetes", "JSON"]) == Some("JSON") {
            self.mode = Mode::Json;
        }
    }

    /// Why its expressions cannot be used, if they cannot; at the first that cannot.
    pub fn broken(&self) -> Option<Diagnostic> {
        let mut forms = self.variants.iter();
        let broken = forms.find_map(|form| form.cel.as_ref().err())?;
        Some(self.source.unusable(broken))
    }

    /// Does it change objects of requests? One with targets changes others, later.
    pub fn answers(&self) -> bool {
        self.admission && self.targets.is_none() && self.mode == Mode::Kubernetes
    }
}
