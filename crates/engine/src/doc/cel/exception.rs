//! `PolicyException` of `policies.kyverno.io`: what is let off from a policy written in CEL.

use std::sync::Arc;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::time::Time;
use portcullis_lang::value::{Document, Value};

use super::super::fields::Fields;
use super::super::policy::{PolicyId, PolicyKind};
use super::super::{Broken, Cause};
use super::environment;
use super::expression::Named;

/// An exception from policies, not from rules: these have none.
#[derive(Debug)]
pub struct CelException {
    /// Its namespace; empty where a file states none.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Which policies it lets off.
    pub policies: Vec<ExemptPolicy>,
    /// Images that are allowed all the same: `exceptions.allowedImages`.
    pub images: Vec<String>,
    /// Values that are allowed all the same: `exceptions.allowedValues`.
    pub values: Vec<String>,
    /// Is what it lets off a pass instead of a skip?
    pub passes: bool,
    /// Of several exceptions the highest decides; zero where it states none.
    pub priority: u64,
    /// When it ends, in nanoseconds since 1970.
    pub expires_at: Option<i128>,
}

/// One policy, and when it is let off. The kinds of policy name different things in expressions,
/// so each has the conditions in its own form.
#[derive(Debug)]
pub struct ExemptPolicy {
    /// Its kind.
    pub kind: PolicyKind,
    /// Its name.
    pub name: String,
    /// All must hold.
    pub conditions: Vec<Named>,
}

/// States which of several exceptions decides.
const PRIORITY: &str = "polex.kyverno.io/priority";

impl CelException {
    /// Reads one document; `None` where it is no such exception.
    pub fn read_document(document: &Document) -> Option<Result<Arc<CelException>, Broken>> {
        let root = document.root();
        let known = matches!(
            root.text("apiVersion"),
            "policies.kyverno.io/v1"
                | "policies.kyverno.io/v1beta1"
                | "policies.kyverno.io/v1alpha1"
        );
        if !known || root.text("kind") != "PolicyException" {
            return None;
        }
        let mut diagnostics = Vec::new();
        let mut fields = Fields::open(document.item(), "exception", &mut diagnostics);
        fields.ignore(&["apiVersion", "kind", "metadata", "status"]);
        let metadata = root.get("metadata").unwrap_or_default();
        let exception = fields.map("spec", |spec| CelException::read(spec, metadata));
        fields.close();
        Some(match exception {
            Some(exception) if diagnostics.is_empty() => Ok(Arc::new(exception)),
            _ => {
                if diagnostics.is_empty() {
                    let at = document.item().span();
                    let message = "the exception has no `spec`";
                    diagnostics.push(Diagnostic::error("no-spec", message, at));
                }
                let (id, cause) = (None, Cause::Schema);
                Err(Broken {
                    id,
                    cause,
                    diagnostics,
                })
            }
        })
    }

    fn read(spec: &mut Fields<'_, '_>, metadata: Value<'_>) -> CelException {
        spec.ignore(&["properties", "evaluationMode"]);
        let at = spec.span();
        let conditions = Named::texts(spec, "matchConditions");
        let refs = spec.each("policyRefs", |entry| {
            (entry.string("name"), entry.string("kind"))
        });
        if refs.is_empty()
            || refs
                .iter()
                .any(|(name, kind)| name.is_empty() || kind.is_empty())
        {
            let message = "`policyRefs` needs an entry, and each a `name` and a `kind`";
            let finding = Diagnostic::error("no-policy-refs", message, at);
            spec.diagnostics().push(finding);
        }
        let policies = refs.into_iter().filter_map(|(name, kind)| {
            let kind = PolicyKind::of("policies.kyverno.io/v1", &kind)?;
            Some(ExemptPolicy {
                kind,
                name,
                conditions: Named::conditions(conditions.clone(), &environment::of(kind)),
            })
        });
        let policies = policies.collect();
        let labels = metadata.get("labels").unwrap_or_default();
        let stated = spec.text("expiresAt").map(Time::parse_rfc3339);
        if let Some(Err(_)) = stated {
            let message = "`expiresAt` is a time such as `2030-01-31T12:00:00Z`";
            let finding = Diagnostic::error("wrong-type", message, at);
            spec.diagnostics().push(finding);
        }
        let ends = stated.and_then(Result::ok);
        CelException {
            namespace: metadata.text("namespace").to_owned(),
            name: metadata.text("name").to_owned(),
            policies,
            images: spec.texts("images"),
            values: spec.texts("allowedValues"),
            passes: spec.one_of("reportResult", &["skip", "pass"]) == Some("pass"),
            priority: labels.text(PRIORITY).parse().unwrap_or_default(),
            expires_at: ends.map(|end| end.unix_nanos()),
        }
    }

    /// What it says of this policy, if anything.
    pub fn of(&self, id: &PolicyId) -> Option<&ExemptPolicy> {
        let mut all = self.policies.iter();
        all.find(|policy| policy.kind == id.kind && policy.name == id.name)
    }

    /// Does it let off nothing but some images or values?
    pub fn is_partial(&self) -> bool {
        !self.images.is_empty() || !self.values.is_empty()
    }

    /// `namespace/name`.
    pub fn key(&self) -> String {
        match self.namespace.as_str() {
            "" => self.name.clone(),
            namespace => format!("{namespace}/{}", self.name),
        }
    }
}
