//! `ValidatingAdmissionPolicyBinding` and `MutatingAdmissionPolicyBinding`: where a policy of the API
//! server applies, and with which parameters.

use std::sync::Arc;

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::{Document, Numbers, yaml};

use super::cel::ParamRef;
use super::constraints::Constraints;
use super::fields::Fields;
use super::policy::PolicyKind;
use super::{Broken, Cause, narrowed};

/// A binding, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Binding {
    /// The kind of policy that it binds.
    pub kind: PolicyKind,
    /// Its name.
    pub name: String,
    /// The policy's name.
    pub policy: String,
    /// Which objects `params` is, if any.
    pub param_ref: Option<ParamRef>,
    /// Which requests it is about; `None` for all that the policy is about.
    pub constraints: Option<Constraints>,
    /// `Deny`, `Warn`, `Audit`: what a failure does.
    pub actions: Vec<String>,
}

impl Binding {
    /// Reads every binding of a YAML text. Documents of other kinds, and texts that are no YAML, are
    /// left out.
    pub fn read(text: &str) -> Vec<Result<Arc<Binding>, Broken>> {
        let documents = yaml::read(text, Numbers::AsWritten).into_iter().flatten();
        let read = documents.filter_map(|document| Binding::read_document(&document));
        let narrowed = |broken: Broken| Broken {
            diagnostics: narrowed(broken.diagnostics, text),
            ..broken
        };
        read.map(|read| read.map_err(narrowed)).collect()
    }

    /// Reads one document; `None` where it is no binding.
    pub fn read_document(document: &Document) -> Option<Result<Arc<Binding>, Broken>> {
        let root = document.root();
        let bound = root.text("kind").strip_suffix("Binding")?;
        let kind = PolicyKind::of(root.text("apiVersion"), bound)?;
        if !kind.is_native() {
            return None;
        }
        let mut diagnostics = Vec::new();
        let mut fields = Fields::open(document.item(), "binding", &mut diagnostics);
        fields.ignore(&["apiVersion", "kind", "metadata"]);
        let name = root.get("metadata").unwrap_or_default().text("name");
        let at = fields.span();
        let binding = fields.map("spec", |spec| Binding {
            kind,
            name: name.to_owned(),
            policy: spec.string("policyName"),
            param_ref: spec.map("paramRef", ParamRef::read),
            constraints: spec.map("matchResources", Constraints::read),
            actions: match kind {
                PolicyKind::ValidatingAdmissionPolicy => {
                    spec.all_of("validationActions", &["Deny", "Warn", "Audit"])
                }
                _ => Vec::new(),
            },
        });
        fields.close();
        let message = "the binding needs a `metadata.name` and a `spec.policyName`";
        let complete = |binding: &Binding| !(binding.name.is_empty() || binding.policy.is_empty());
        match binding.filter(complete) {
            None => diagnostics.push(Diagnostic::error("no-name-or-policy", message, at)),
            Some(binding) if diagnostics.is_empty() => return Some(Ok(Arc::new(binding))),
            Some(_) => {}
        }
        Some(Err(Broken {
            id: None,
            cause: Cause::Schema,
            diagnostics,
        }))
    }

    /// Does it bind this policy?
    pub fn binds(&self, kind: PolicyKind, name: &str) -> bool {
        self.kind == kind && self.policy == name
    }
}
