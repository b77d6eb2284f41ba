//! One entry of `mutations`: an expression that makes a patch.

use portcullis_lang::cel::Environment;

use super::super::fields::Fields;
use super::expression::{Expression, Text, Wanted};

/// An expression whose value changes an object.
#[derive(Debug)]
pub struct Mutation {
    /// What kind of patch its value is.
    pub kind: PatchKind,
    /// Makes the patch.
    pub expression: Expression,
}

/// What an expression's value is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum PatchKind {
    /// An `Object` that is merged into the object.
    ApplyConfiguration,
    /// A list of `JSONPatch` operations.
    JsonPatch,
}

impl Mutation {
    /// Reads `mutations`, not compiled yet. An entry without the body that its `patchType` names is
    /// none, as in the reference.
    pub(in crate::doc) fn texts(spec: &mut Fields<'_, '_>) -> Vec<(PatchKind, Text)> {
        let read = spec.each("mutations", |entry| {
            let kind = match entry.one_of("patchType", &["ApplyConfiguration", "JSONPatch"]) {
                Some("JSONPatch") => PatchKind::JsonPatch,
                _ => PatchKind::ApplyConfiguration,
            };
            let body = |entry: &mut Fields<'_, '_>, key| {
                let text = entry.map(key, |body| Text::read(body, "expression"));
                text.filter(|written| !written.text.is_empty())
            };
            let apply = body(entry, "applyConfiguration");
            let json = body(entry, "jsonPatch");
            let text = match kind {
                PatchKind::ApplyConfiguration => apply,
                PatchKind::JsonPatch => json,
            };
            text.map(|text| (kind, text))
        });
        read.into_iter().flatten().collect()
    }

    /// Compiles one; what is wrong with it is for whoever evaluates it.
    pub(in crate::doc) fn compile(
        (kind, text): (PatchKind, Text),
        environment: &Environment,
    ) -> Mutation {
        let expression = Expression::compile(text, environment, kind.wanted());
        Mutation { kind, expression }
    }
}

impl PatchKind {
    /// The field that the expression stands in.
    pub fn field(self) -> &'static str {
        match self {
            PatchKind::ApplyConfiguration => "applyConfiguration",
            PatchKind::JsonPatch => "jsonPatch",
        }
    }

    pub(in crate::doc) fn wanted(self) -> Wanted {
        match self {
            PatchKind::ApplyConfiguration => Wanted::Object,
            PatchKind::JsonPatch => Wanted::Patches,
        }
    }
}
