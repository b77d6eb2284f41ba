//! `ImageValidatingPolicy` and `NamespacedImageValidatingPolicy`: read and checked, not evaluated yet.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Document;

use super::cel::Texts;
use super::constraints::Constraints;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::settings::{failure_policy, timeout};
use super::source::Source;
use super::validating::{Mode, ValidationAction, actions};

/// A policy about images.
#[derive(Debug)]
pub struct ImageValidatingPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// What a failure does; all of them apply.
    pub actions: Vec<ValidationAction>,
    /// Which requests it is about; `None` for none at all.
    pub constraints: Option<Constraints>,
    /// Why its expressions cannot be used, if they cannot.
    pub broken: Option<String>,
}

impl ImageValidatingPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<ImageValidatingPolicy> {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let policy = root.map("spec", |spec| {
            // What says how signatures are verified; see the module.
            spec.ignore(&[
                "validationConfigurations",
                "matchImageReferences",
                "credentials",
                "images",
                "attestors",
                "attestations",
                "evaluation",
                "autogen",
            ]);
            failure_policy(spec);
            spec.map("webhookConfiguration", |webhook| {
                timeout(webhook, "timeoutSeconds");
            });
            ImageValidatingPolicy {
                id,
                source: Source::new(metadata.annotations, document),
                actions: actions(spec),
                constraints: spec.map("matchConstraints", Constraints::read),
                broken: Texts::read(spec).compile(kind, Mode::Kubernetes).err(),
            }
        });
        root.close();
        policy
    }
}
