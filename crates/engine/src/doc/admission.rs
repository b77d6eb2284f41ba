//! `ValidatingAdmissionPolicy` and `MutatingAdmissionPolicy`: the API server's own policies.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Document;

use super::cel::{Mutation, Named, NativeCel, Written};
use super::constraints::Constraints;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::settings::{FailurePolicy, failure_policy};
use super::source::Source;

/// A policy that an API server evaluates by itself, read and compiled.
#[derive(Debug)]
pub struct AdmissionPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// What an error does.
    pub failure_policy: FailurePolicy,
    /// Which requests it is about; `None` for none at all.
    pub constraints: Option<Constraints>,
    /// Conditions, variables, checks.
    pub cel: NativeCel,
    /// What a MutatingAdmissionPolicy makes of an object.
    pub mutations: Vec<Mutation>,
}

impl AdmissionPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> AdmissionPolicy {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let at = root.span();
        let spec = root.map("spec", |spec| read_spec(kind, spec));
        if id.name.is_empty() || spec.is_none() {
            let message = "the policy needs a `metadata.name` and a `spec`";
            let finding = Diagnostic::error("no-name-or-spec", message, at);
            root.diagnostics().push(finding);
        }
        root.close();
        let Spec {
            failure_policy,
            constraints,
            cel,
            mutations,
        } = spec.unwrap_or_default();
        AdmissionPolicy {
            id,
            source: Source::new(metadata.annotations, document),
            failure_policy,
            constraints,
            cel,
            mutations,
        }
    }
}

#[derive(Default)]
struct Spec {
    failure_policy: FailurePolicy,
    constraints: Option<Constraints>,
    cel: NativeCel,
    mutations: Vec<Mutation>,
}

fn read_spec(kind: PolicyKind, spec: &mut Fields<'_, '_>) -> Spec {
    let failure_policy = failure_policy(spec).unwrap_or_default();
    let constraints = spec.map("matchConstraints", Constraints::read);
    let conditions = Named::unique(spec, "matchConditions");
    let (checks, patches) = match kind {
        PolicyKind::MutatingAdmissionPolicy => {
            spec.one_of("reinvocationPolicy", &["Never", "IfNeeded"]);
            (None, Some(Mutation::texts(spec)))
        }
        _ => (Some("validations"), None),
    };
    let variables = Named::unique(spec, "variables");
    let written = Written::read(spec, checks, variables);
    let (cel, mutations) = written.compile_with(conditions, "", patches);
    Spec {
        failure_policy,
        constraints,
        cel,
        mutations,
    }
}
