//! `DeletingPolicy` and `NamespacedDeletingPolicy`: which objects are deleted, and when.

use portcullis_lang::diagnostic::Diagnostic;
use portcullis_lang::scalar::cron::Schedule;
use portcullis_lang::value::Document;

use super::cel::{Compiler, Named};
use super::constraints::Constraints;
use super::fields::Fields;
use super::policy::{Metadata, PolicyId, PolicyKind};
use super::source::Source;

/// A policy that deletes objects, read and checked.
#[derive(Debug)]
pub struct DeletingPolicy {
    /// What tells it from others.
    pub id: PolicyId,
    /// Its document and annotations.
    pub source: Source,
    /// Which objects it looks at; `None` for none at all. Operations do not count.
    pub constraints: Option<Constraints>,
    /// When an object is deleted, or why nobody can tell.
    pub cel: Result<DeletingCel, String>,
    /// When it looks.
    pub schedule: Option<Schedule>,
    /// `Foreground`, `Background` or `Orphan`; empty for the API server's own choice.
    pub propagation: String,
}

/// The CEL of a [`DeletingPolicy`].
#[derive(Debug)]
pub struct DeletingCel {
    /// Each may use those in front of it.
    pub variables: Vec<Named>,
    /// All must hold for an object to be deleted.
    pub conditions: Vec<Named>,
}

impl DeletingPolicy {
    pub(super) fn read(
        kind: PolicyKind,
        document: &Document,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<DeletingPolicy> {
        let mut root = Fields::open(document.item(), "policy", diagnostics);
        root.ignore(&["apiVersion", "kind", "status"]);
        let metadata = root.map("metadata", Metadata::read).unwrap_or_default();
        let id = metadata.id(kind);
        let policy = root.map("spec", |spec| DeletingPolicy {
            id,
            source: Source::new(metadata.annotations, document),
            constraints: spec.map("matchConstraints", Constraints::read),
            cel: DeletingCel::read(spec, kind),
            schedule: schedule(spec),
            propagation: spec
                .one_of(
                    "deletionPropagationPolicy",
                    &["Foreground", "Background", "Orphan"],
                )
                .unwrap_or_default()
                .to_owned(),
        });
        root.close();
        policy
    }
}

fn schedule(spec: &mut Fields<'_, '_>) -> Option<Schedule> {
    let at = spec
        .item("schedule")
        .map_or_else(|| spec.span(), |item| item.span());
    let text = spec.string("schedule");
    let finding = match Schedule::parse_extended(&text) {
        Ok(schedule) => return Some(schedule),
        Err(_) if text.is_empty() => "the policy needs a `schedule`".to_owned(),
        Err(error) => {
            format!("schedule spec in the deletingPolicy is not in proper cron format: {error}")
        }
    };
    let finding = Diagnostic::error("invalid-schedule", finding, at);
    spec.diagnostics().push(finding);
    None
}

impl DeletingCel {
    fn read(spec: &mut Fields<'_, '_>, kind: PolicyKind) -> Result<DeletingCel, String> {
        let variables = Named::texts(spec, "variables");
        let conditions = Named::texts(spec, "conditions");
        let mut compiler = Compiler::new(kind);
        Ok(DeletingCel {
            variables: compiler.variables(variables)?,
            conditions: compiler.conditions("conditions", conditions)?,
        })
    }
}
