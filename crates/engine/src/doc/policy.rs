//! `ClusterPolicy` and `Policy`.

use std::fmt;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Document;

use super::autogen;
use super::fields::Fields;
use super::rule::Rule;
use super::settings::{FailurePolicy, Settings};
use super::source::Source;

/// The kinds of policy that are read.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub enum PolicyKind {
    /// For the whole cluster.
    ClusterPolicy,
    /// For one namespace.
    Policy,
    /// Deletes objects of the whole cluster at stated times.
    ClusterCleanupPolicy,
    /// Deletes objects of one namespace at stated times.
    CleanupPolicy,
    /// CEL, for the whole cluster.
    ValidatingPolicy,
    /// CEL, for one namespace.
    NamespacedValidatingPolicy,
    /// CEL that changes objects, for the whole cluster.
    MutatingPolicy,
    /// CEL that changes objects, for one namespace.
    NamespacedMutatingPolicy,
    /// CEL that an API server evaluates by itself.
    ValidatingAdmissionPolicy,
    /// CEL by which an API server changes objects itself.
    MutatingAdmissionPolicy,
    /// CEL that makes objects, for the whole cluster.
    GeneratingPolicy,
    /// The same, for one namespace.
    NamespacedGeneratingPolicy,
    /// CEL that deletes objects, for the whole cluster.
    DeletingPolicy,
    /// The same, for one namespace.
    NamespacedDeletingPolicy,
    /// CEL about images, for the whole cluster.
    ImageValidatingPolicy,
    /// The same, for one namespace.
    NamespacedImageValidatingPolicy,
}

impl PolicyKind {
    /// The kind that a document names, if it is one of these.
    pub fn of(api_version: &str, kind: &str) -> Option<PolicyKind> {
        match (api_version, kind) {
            ("kyverno.io/v1" | "kyverno.io/v2beta1", "ClusterPolicy") => {
                Some(PolicyKind::ClusterPolicy)
            }
            ("kyverno.io/v1" | "kyverno.io/v2beta1", "Policy") => Some(PolicyKind::Policy),
            ("kyverno.io/v2" | "kyverno.io/v2beta1", "ClusterCleanupPolicy") => {
                Some(PolicyKind::ClusterCleanupPolicy)
            }
            ("kyverno.io/v2" | "kyverno.io/v2beta1", "CleanupPolicy") => {
                Some(PolicyKind::CleanupPolicy)
            }
            ("policies.kyverno.io/v1" | "policies.kyverno.io/v1beta1", kind) => {
                PolicyKind::of_cel(kind)
            }
            // The first version knew no policies of namespaces.
            ("policies.kyverno.io/v1alpha1", kind) => {
                PolicyKind::of_cel(kind).filter(|kind| !kind.is_namespaced())
            }
            (
                "admissionregistration.k8s.io/v1"
                | "admissionregistration.k8s.io/v1beta1"
                | "admissionregistration.k8s.io/v1alpha1",
                "ValidatingAdmissionPolicy",
            ) => Some(PolicyKind::ValidatingAdmissionPolicy),
            // The reference's command line knows no other version, and passes over them.
            ("admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicy") => {
                Some(PolicyKind::MutatingAdmissionPolicy)
            }
            _ => None,
        }
    }

    fn of_cel(kind: &str) -> Option<PolicyKind> {
        Some(match kind {
            "ValidatingPolicy" => PolicyKind::ValidatingPolicy,
            "NamespacedValidatingPolicy" => PolicyKind::NamespacedValidatingPolicy,
            "MutatingPolicy" => PolicyKind::MutatingPolicy,
            "NamespacedMutatingPolicy" => PolicyKind::NamespacedMutatingPolicy,
            "GeneratingPolicy" => PolicyKind::GeneratingPolicy,
            "NamespacedGeneratingPolicy" => PolicyKind::NamespacedGeneratingPolicy,
            "DeletingPolicy" => PolicyKind::DeletingPolicy,
            "NamespacedDeletingPolicy" => PolicyKind::NamespacedDeletingPolicy,
            "ImageValidatingPolicy" => PolicyKind::ImageValidatingPolicy,
            "NamespacedImageValidatingPolicy" => PolicyKind::NamespacedImageValidatingPolicy,
            _ => return None,
        })
    }

    /// Does it delete objects at stated times?
    pub fn is_cleanup(self) -> bool {
        matches!(
            self,
            PolicyKind::ClusterCleanupPolicy | PolicyKind::CleanupPolicy
        )
    }

    /// Has it rules? The others are CEL, or clean up.
    pub fn has_rules(self) -> bool {
        matches!(self, PolicyKind::ClusterPolicy | PolicyKind::Policy)
    }

    /// Does it live in a namespace, and speak about nothing else?
    pub fn is_namespaced(self) -> bool {
        matches!(
            self,
            PolicyKind::Policy
                | PolicyKind::CleanupPolicy
                | PolicyKind::NamespacedValidatingPolicy
                | PolicyKind::NamespacedMutatingPolicy
                | PolicyKind::NamespacedGeneratingPolicy
                | PolicyKind::NamespacedDeletingPolicy
                | PolicyKind::NamespacedImageValidatingPolicy
        )
    }

    /// Does an API server evaluate it by itself?
    pub fn is_native(self) -> bool {
        matches!(
            self,
            PolicyKind::ValidatingAdmissionPolicy | PolicyKind::MutatingAdmissionPolicy
        )
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PolicyKind::ClusterPolicy => "ClusterPolicy",
            PolicyKind::Policy => "Policy",
            PolicyKind::ClusterCleanupPolicy => "ClusterCleanupPolicy",
            PolicyKind::CleanupPolicy => "CleanupPolicy",
            PolicyKind::ValidatingPolicy => "ValidatingPolicy",
            PolicyKind::NamespacedValidatingPolicy => "NamespacedValidatingPolicy",
            PolicyKind::MutatingPolicy => "MutatingPolicy",
            PolicyKind::NamespacedMutatingPolicy => "NamespacedMutatingPolicy",
            PolicyKind::ValidatingAdmissionPolicy => "ValidatingAdmissionPolicy",
            PolicyKind::MutatingAdmissionPolicy => "MutatingAdmissionPolicy",
            PolicyKind::GeneratingPolicy => "GeneratingPolicy",
            PolicyKind::NamespacedGeneratingPolicy => "NamespacedGeneratingPolicy",
            PolicyKind::DeletingPolicy => "DeletingPolicy",
            PolicyKind::NamespacedDeletingPolicy => "NamespacedDeletingPolicy",
            PolicyKind::ImageValidatingPolicy => "ImageValidatingPolicy",
            PolicyKind::NamespacedImageValidatingPolicy => "NamespacedImageValidatingPolicy",
        })
    }
}

/// What tells one policy from another.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct PolicyId {
    /// Its kind.
    pub kind: PolicyKind,
    /// Empty for a [`PolicyKind::ClusterPolicy`].
    pub namespace: String,
    /// Its name.
    pub name: String,
}

impl fmt::Display for PolicyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            kind if !kind.is_namespaced() => write!(f, "{}/{}", self.kind, self.name),
            _ => write!(f, "{}/{}/{}", self.kind, self.namespace, self.name),
        }
    }
}

/// A policy, read and checked.
#[derive(Debug)]
pub struct Policy {
    id: PolicyId,
    source: Source,
    labels: Vec<(String, String)>,
    settings: Settings,
    rules: Vec<Rule>,
    /// How many of the rules were declared; autogen made the others.
    declared: usize,
}

impl Policy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Policy {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let spec = root.map("spec", |spec| {
            let settings = Settings::read(spec);
            let rules = spec.each("rules", Rule::read);
            (settings, with_autogen(rules, &metadata.annotations))
        });
        let at = root.span();
        if id.name.is_empty() {
            root.diagnostics().push(Diagnostic::error(
                "no-name",
                "the policy has no `metadata.name`",
                at,
            ));
        }
        root.close();
        let (settings, (rules, declared)) = match spec {
            Some(spec) => spec,
            None => {
                diagnostics.push(Diagnostic::error("no-spec", "the policy has no `spec`", at));
                (Settings::default(), (Vec::new(), 0))
            }
        };
        Policy {
            id,
            source: Source::new(metadata.annotations, document),
            labels: metadata.labels,
            settings,
            rules,
            declared,
        }
    }

    /// What tells it from others.
    pub fn id(&self) -> &PolicyId {
        &self.id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.id.name
    }

    /// The value of one of its annotations.
    pub fn annotation(&self, key: &str) -> Option<&str> {
        self.source.annotation(key)
    }

    /// Its annotations.
    pub fn annotations(&self) -> &[(String, String)] {
        self.source.annotations()
    }

    /// Its labels.
    pub fn labels(&self) -> &[(String, String)] {
        &self.labels
    }

    /// What it says about itself.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Its rules in order of evaluation: those that are written, then those that autogen made.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Its rules as written, without those that autogen made and those that had to give way to
    /// them.
    pub fn declared(&self) -> &[Rule] {
        self.rules.get(..self.declared).unwrap_or_default()
    }

    /// Whatever it says: what it cannot decide passes.
    pub fn fail_open(&mut self) {
        self.settings.failure_policy = FailurePolicy::Ignore;
        self.settings.states_failure_policy = true;
    }

    /// Is it asked by a webhook of its own, because it states match conditions? Not where an API server
    /// would refuse one of them; they are evaluated here in any case.
    pub fn has_own_webhook(&self) -> bool {
        let conditions = &self.settings.match_conditions;
        // An API server knows no `namespaceObject` at that place.
        let mut usable = conditions.iter().map(|it| {
            it.expression.program.is_ok() && !it.expression.text.contains("namespaceObject")
        });
        !conditions.is_empty() && usable.all(|usable| usable)
    }

    /// As it was written.
    pub fn document(&self) -> &Document {
        self.source.document()
    }

    /// What it was read from.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// The declared rules followed by those that autogen makes of them, and how many the former are.
///
/// A declared rule called `autogen-...` gives way where autogen makes any rule.
fn with_autogen(declared: Vec<Rule>, annotations: &[(String, String)]) -> (Vec<Rule>, usize) {
    let made = autogen::generate(&declared, annotations);
    if made.is_empty() {
        let count = declared.len();
        return (declared, count);
    }
    let mut rules: Vec<Rule> = declared
        .into_iter()
        .filter(|rule| !rule.name.starts_with("autogen-"))
        .collect();
    let count = rules.len();
    // The declared rule was checked; the same findings again would be noise.
    let mut known = Vec::new();
    for document in &made {
        let mut fields = Fields::open(document.item(), "rules", &mut known);
        rules.push(Rule::read(&mut fields));
    }
    (rules, count)
}

#[derive(Default)]
pub(super) struct Metadata {
    name: String,
    namespace: String,
    pub(super) annotations: Vec<(String, String)>,
    labels: Vec<(String, String)>,
}

impl Metadata {
    /// What tells a policy of this kind from others.
    pub(super) fn id(&self, kind: PolicyKind) -> PolicyId {
        let namespace = match self.namespace.as_str() {
            _ if !kind.is_namespaced() => "",
            "" => "default",
            namespace => namespace,
        };
        PolicyId {
            kind,
            namespace: namespace.to_owned(),
            name: self.name.clone(),
        }
    }

    pub(super) fn read(fields: &mut Fields<'_, '_>) -> Metadata {
        fields.ignore(&[
            "uid",
            "resourceVersion",
            "generation",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "managedFields",
            "ownerReferences",
            "finalizers",
            "generateName",
            "selfLink",
        ]);
        Metadata {
            name: fields.string("name"),
            namespace: fields.string("namespace"),
            annotations: fields.text_map("annotations"),
            labels: fields.text_map("labels"),
        }
    }
}
