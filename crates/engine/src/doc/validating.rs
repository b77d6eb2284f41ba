//! `ValidatingPolicy` and `NamespacedValidatingPolicy`.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Item, Numbers, Span, to_json};

use super::cel::{KyvernoCel, Texts};
use super::constraints::Constraints;
use super::controllers;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::settings::{FailurePolicy, failure_policy, timeout};
use super::source::Source;

/// A policy whose checks are CEL, read and checked.
#[derive(Debug)]
pub struct ValidatingPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// What an error in a match condition does.
    pub failure_policy: FailurePolicy,
    /// Does the policy say it itself?
    pub states_failure_policy: bool,
    /// `webhookConfiguration.timeoutSeconds`
    pub timeout_seconds: Option<i64>,
    /// What a failure does; all of them apply.
    pub actions: Vec<ValidationAction>,
    /// Does it take objects of Kubernetes, or any JSON?
    pub mode: Mode,
    /// `evaluation.admission.enabled`
    pub admission: bool,
    /// `evaluation.background.enabled`
    pub background: bool,
    /// The policy as written, then what autogen makes of it for Pod controllers.
    pub variants: Vec<Variant>,
}

/// What a failed validation does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ValidationAction {
    /// The request is denied.
    Deny,
    /// The failure is reported.
    Audit,
    /// The client is warned.
    Warn,
}

/// What a policy takes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Mode {
    /// Requests about objects.
    #[default]
    Kubernetes,
    /// Any JSON.
    Json,
    /// Requests to HTTP servers, which the policy answers.
    Http,
    /// Requests that Envoy asks about, which the policy answers.
    Envoy,
}

impl Mode {
    /// Does the policy answer requests to servers instead of checking objects?
    pub fn is_authorization(self) -> bool {
        matches!(self, Mode::Http | Mode::Envoy)
    }
}

/// One form of a policy.
#[derive(Debug)]
pub struct Variant {
    /// Which requests it is about; `None` for none at all.
    pub constraints: Option<Constraints>,
    /// Where that stands in the policy.
    pub at: Span,
    /// What it checks, or why it cannot.
    pub cel: Result<KyvernoCel, String>,
}

/// `validationActions`; a policy that states none denies.
pub(super) fn actions(spec: &mut Fields<'_, '_>) -> Vec<ValidationAction> {
    let texts = spec.texts("validationActions");
    let actions = texts.iter().filter_map(|action| match action.as_str() {
        "Deny" => Some(ValidationAction::Deny),
        "Audit" => Some(ValidationAction::Audit),
        "Warn" => Some(ValidationAction::Warn),
        _ => None,
    });
    let actions: Vec<_> = actions.collect();
    match actions.is_empty() {
        true => vec![ValidationAction::Deny],
        false => actions,
    }
}

impl ValidatingPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> ValidatingPolicy {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let mut policy = ValidatingPolicy {
            source: Source::new(metadata.annotations, document),
            failure_policy: FailurePolicy::default(),
            states_failure_policy: false,
            timeout_seconds: None,
            actions: Vec::new(),
            mode: Mode::default(),
            admission: true,
            background: true,
            variants: Vec::new(),
            id,
        };
        let at = root.span();
        let spec = root.map("spec", |spec| policy.read_spec(spec));
        if policy.id.name.is_empty() || spec.is_none() {
            let message = "the policy needs a `metadata.name` and a `spec`";
            let finding = Diagnostic::error("no-name-or-spec", message, at);
            root.diagnostics().push(finding);
        }
        root.close();
        policy
    }

    fn read_spec(&mut self, spec: &mut Fields<'_, '_>) {
        let stated = failure_policy(spec);
        self.states_failure_policy = stated.is_some();
        self.failure_policy = stated.unwrap_or_default();
        self.actions = actions(spec);
        let stated = spec.map("webhookConfiguration", |webhook| {
            timeout(webhook, "timeoutSeconds")
        });
        self.timeout_seconds = stated.flatten();
        spec.map("evaluation", |evaluation| self.read_evaluation(evaluation));
        let controllers = spec.map("autogen", |autogen| {
            autogen.ignore(&["validatingAdmissionPolicy"]);
            controllers::read(autogen)
        });
        let controllers = controllers.flatten();
        let written = spec.document();
        let kind = self.id.kind;
        let first = Variant::read(spec, kind, self.mode);
        let made = first.controllers(&written, controllers.as_deref(), kind, self.mode);
        self.variants.push(first);
        self.variants.extend(made);
    }

    fn read_evaluation(&mut self, evaluation: &mut Fields<'_, '_>) {
        let enabled = |evaluation: &mut Fields<'_, '_>, key| {
            let flag = evaluation.map(key, |part| part.flag("enabled"));
            flag.flatten().unwrap_or(true)
        };
        self.admission = enabled(evaluation, "admission");
        self.background = enabled(evaluation, "background");
        let Some(item) = evaluation.item("mode") else {
            return;
        };
        self.mode = match item.value().as_str() {
            Some("Kubernetes") => Mode::Kubernetes,
            Some("JSON") => Mode::Json,
            Some("HTTP") => Mode::Http,
            Some("Envoy") => Mode::Envoy,
            _ => {
                let message = "`mode` is one of `Kubernetes`, `JSON`, `HTTP` and `Envoy`";
                let finding = Diagnostic::error("unknown-value", message, item.span());
                return evaluation.diagnostics().push(finding);
            }
        };
    }

    /// Why its expressions cannot be used, if they cannot; at the first that cannot.
    pub fn broken(&self) -> Option<Diagnostic> {
        let broken = self
            .variants
            .iter()
            .find_map(|form| form.cel.as_ref().err())?;
        Some(self.source.unusable(broken))
    }

    /// Can it change the answer to a request? One that only audits cannot.
    pub fn answers(&self) -> bool {
        let audits = |action: &ValidationAction| *action == ValidationAction::Audit;
        !self.actions.iter().all(audits)
    }
}

impl Variant {
    fn read(spec: &mut Fields<'_, '_>, kind: PolicyKind, mode: Mode) -> Variant {
        let at = spec.item("matchConstraints").map(Item::span);
        Variant {
            at: at.unwrap_or_default(),
            constraints: spec.map("matchConstraints", Constraints::read),
            cel: Texts::read(spec).compile(kind, mode),
        }
    }

    /// What autogen makes of a policy on Pods; `named`: the controllers that it names, or all.
    fn controllers(
        &self,
        spec: &Document,
        named: Option<&[String]>,
        kind: PolicyKind,
        mode: Mode,
    ) -> Vec<Variant> {
        let json = to_json(spec.root());
        let groups = controllers::groups(self.constraints.as_ref(), named).into_iter();
        let made = groups.filter_map(|group| {
            let text = moved(&json, &format!("{}.", group.place.join(".")));
            let document = Document::from_json(text.as_bytes(), Numbers::AsWritten).ok()?;
            // What is wrong with the fields was reported of the policy as written.
            let mut known = Vec::new();
            let mut cel = cel_of(document.item(), &mut known).compile(kind, mode);
            if let (Ok(own), Ok(original)) = (&mut cel, &self.cel) {
                own.take_places(original);
            }
            Some(Variant {
                constraints: Some(group.constraints),
                cel,
                at: self.at,
            })
        });
        made.collect()
    }
}

fn cel_of(spec: Item<'_>, diagnostics: &mut Vec<Diagnostic>) -> Texts {
    Texts::read(&mut Fields::open(spec, "spec", diagnostics))
}

/// The text with `object.spec` and `object.metadata` moved below `spec.` and `path`. Textual, as
/// in the reference: messages change too. The namespace is the controller's own and stays.
pub(super) fn moved(text: &str, path: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find("bject.") {
        let (front, back) = rest.split_at(at + "bject.".len());
        out.push_str(front);
        rest = back;
        let rooted = front.ends_with("object.") || front.ends_with("oldObject.");
        let found = ["spec", "metadata"]
            .into_iter()
            .find_map(|part| rest.strip_prefix(part));
        if let Some(behind) = found.filter(|_| rooted)
            && !is_namespace(behind)
        {
            out.push_str("spec.");
            out.push_str(path);
        }
    }
    out.push_str(rest);
    out
}

fn is_namespace(behind: &str) -> bool {
    let Some(rest) = behind.strip_prefix(".namespace") else {
        return false;
    };
    !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::moved;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn moves_what_belongs_to_the_pod() {
        check("object.spec.x",              "object.spec.template.spec.x");
        check("oldObject.metadata.labels",  "oldObject.spec.template.metadata.labels");
        check("object.metadata.namespace",  "object.metadata.namespace");
        check("object.metadata.namespaces", "object.spec.template.metadata.namespaces");
        check("object.?spec.x",             "object.?spec.x");
        check("Object.spec",                "Object.spec");
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(moved(text, "template."), expect, "`{text}`");
    }
}
