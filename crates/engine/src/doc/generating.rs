//! `GeneratingPolicy` and `NamespacedGeneratingPolicy`: which objects are made where others come.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::value::Document;

use super::cel::GeneratingCel;
use super::constraints::Constraints;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::settings::timeout;
use super::source::Source;

/// A policy that makes objects, read and checked.
#[derive(Debug)]
pub struct GeneratingPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// Which requests set it off; `None` for none at all.
    pub constraints: Option<Constraints>,
    /// What it makes, or why it cannot.
    pub cel: Result<GeneratingCel, String>,
    /// When it is set off, and what becomes of what it made.
    pub evaluation: Evaluation,
    /// `useServerSideApply`: are its fields applied, and those of others left alone?
    pub use_server_side_apply: bool,
}

/// `evaluation`
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Evaluation {
    /// By requests?
    pub admission: bool,
    /// By objects that are there when the policy comes?
    pub existing: bool,
    /// Is what it made kept as it was made?
    pub synchronize: bool,
    /// Does what it made stay when the policy goes?
    pub orphan: bool,
    /// `skipBackgroundRequests`: is it silent on requests of the controller that makes objects?
    pub skip_background_requests: bool,
}

impl GeneratingPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<GeneratingPolicy> {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let policy = root.map("spec", |spec| {
            let server_side = spec.flag("useServerSideApply");
            spec.map("webhookConfiguration", |webhook| {
                timeout(webhook, "timeoutSeconds");
            });
            let evaluation = spec.map("evaluation", Evaluation::read);
            GeneratingPolicy {
                id,
                source: Source::new(metadata.annotations, document),
                constraints: spec.map("matchConstraints", Constraints::read),
                cel: GeneratingCel::read(spec, kind),
                evaluation: evaluation.unwrap_or_default(),
                use_server_side_apply: server_side.unwrap_or_default(),
            }
        });
        root.close();
        policy
    }

    /// Why its expressions cannot be used, if they cannot; at the first that cannot.
    pub fn broken(&self) -> Option<Diagnostic> {
        let broken = self.cel.as_ref().err()?;
        Some(self.source.unusable(broken))
    }
}

impl Default for Evaluation {
    fn default() -> Self {
        Evaluation {
            admission: true,
            existing: false,
            synchronize: false,
            orphan: false,
            skip_background_requests: true,
        }
    }
}

impl Evaluation {
    fn read(fields: &mut Fields<'_, '_>) -> Evaluation {
        let skips = fields.flag("skipBackgroundRequests");
        let mut enabled = |key| {
            let flag = fields.map(key, |part| part.flag("enabled"));
            flag.flatten()
        };
        Evaluation {
            admission: enabled("admission").unwrap_or(true),
            existing: enabled("generateExisting").unwrap_or_default(),
            synchronize: enabled("synchronize").unwrap_or_default(),
            orphan: enabled("orphanDownstreamOnPolicyDelete").unwrap_or_default(),
            skip_background_requests: skips.unwrap_or(true),
        }
    }
}
