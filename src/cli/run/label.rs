//! What tables and reports say about a policy.

use portcullis_engine::doc::{Action, AnyPolicy, PolicyKind, ValidationAction};

/// What tables and reports say about a policy, whatever its kind.
#[derive(Clone, Debug)]
pub(crate) struct Label(AnyPolicy);

impl Label {
    pub(super) fn new(policy: &AnyPolicy) -> Label {
        Label(policy.clone())
    }

    pub(crate) fn name(&self) -> &str {
        self.0.name()
    }

    /// Does it say what it says by rules?
    pub(crate) fn has_rules(&self) -> bool {
        self.0.as_rules().is_some()
    }

    pub(super) fn is_mutating(&self) -> bool {
        matches!(self.0, AnyPolicy::Mutating(_))
    }

    /// Can Kyverno's exceptions let anything off it?
    pub(crate) fn takes_exceptions(&self) -> bool {
        !matches!(self.0, AnyPolicy::Admission(_))
    }

    /// `ClusterPolicy`, `ValidatingPolicy`, ...
    pub(crate) fn kind(&self) -> String {
        self.0.id().kind.to_string()
    }

    /// Empty for a policy of the whole cluster.
    pub(crate) fn namespace(&self) -> &str {
        &self.0.id().namespace
    }

    /// `NAME`, or `NAMESPACE/NAME`.
    pub(crate) fn key(&self) -> String {
        match self.namespace() {
            "" => self.name().to_owned(),
            namespace => format!("{namespace}/{}", self.name()),
        }
    }

    pub(crate) fn annotation(&self, key: &str) -> Option<&str> {
        self.0.annotation(key)
    }

    /// Is a failure counted as one? `policies.kyverno.io/scored: "false"` makes it a warning.
    pub(crate) fn is_scored(&self) -> bool {
        self.annotation("policies.kyverno.io/scored") != Some("false")
    }

    /// Is a failure only reported?
    pub(crate) fn audits(&self) -> bool {
        match &self.0 {
            AnyPolicy::Rules(policy) => policy.settings().action == Action::Audit,
            AnyPolicy::Validating(policy) => !policy.actions.contains(&ValidationAction::Deny),
            AnyPolicy::Admission(_) => false,
            AnyPolicy::Images(policy) => !policy.actions.contains(&ValidationAction::Deny),
            AnyPolicy::Mutating(_)
            | AnyPolicy::Generating(_)
            | AnyPolicy::Deleting(_)
            | AnyPolicy::Cleanup(_) => false,
        }
    }

    /// Who reports say they come from.
    pub(crate) fn source(&self) -> &'static str {
        match &self.0 {
            AnyPolicy::Rules(_) => "kyverno",
            AnyPolicy::Validating(_) => "KyvernoValidatingPolicy",
            AnyPolicy::Admission(policy) => match policy.id.kind {
                PolicyKind::MutatingAdmissionPolicy => "MutatingAdmissionPolicy",
                _ => "ValidatingAdmissionPolicy",
            },
            AnyPolicy::Mutating(_) => "KyvernoMutatingPolicy",
            AnyPolicy::Generating(_) => "KyvernoGeneratingPolicy",
            AnyPolicy::Deleting(_) => "KyvernoDeletingPolicy",
            AnyPolicy::Cleanup(_) => "KyvernoCleanupPolicy",
            AnyPolicy::Images(_) => "KyvernoImageValidatingPolicy",
        }
    }

    /// When the policy is evaluated in a cluster, as reports call it.
    pub(crate) fn process(&self) -> &'static str {
        let (background, admission) = match &self.0 {
            AnyPolicy::Rules(policy) => (policy.settings().background, true),
            AnyPolicy::Validating(policy) => (policy.background, policy.admission),
            AnyPolicy::Admission(_) => (true, true),
            AnyPolicy::Mutating(policy) => (policy.background, policy.admission),
            AnyPolicy::Generating(policy) => (false, policy.evaluation.admission),
            AnyPolicy::Deleting(_) | AnyPolicy::Cleanup(_) | AnyPolicy::Images(_) => (true, true),
        };
        match (background, admission) {
            (true, _) => "background scan",
            (false, true) => "admission review",
            (false, false) => "",
        }
    }
}
