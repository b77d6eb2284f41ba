//! The CEL of a MutatingPolicy: variables, conditions, patches, which existing objects they change.

use portcullis_lang::cel::types::Type;

use super::super::fields::Fields;
use super::super::policy::PolicyKind;
use super::expression::{Expression, Named, Text, Wanted};
use super::kyverno::{Compiler, annotation_texts};
use super::mutation::{Mutation, PatchKind};

/// Compiled as a whole: one expression that does not compile is an error of the policy.
#[derive(Debug)]
pub struct MutatingCel {
    /// Each may use those in front of it; everything else may use all.
    pub variables: Vec<Named>,
    /// All must hold, or nothing is changed.
    pub conditions: Vec<Named>,
    /// In order; each sees what those before it made.
    pub mutations: Vec<Mutation>,
    /// Gives the existing objects that are changed, as one object or a list of some.
    pub targets: Option<Expression>,
    /// All must hold of an existing object, or it is not changed.
    pub target_conditions: Vec<Named>,
    /// Properties of the result.
    pub annotations: Vec<Named>,
    /// Does any of them look at the namespace?
    pub asks_namespace: bool,
}

/// The expressions of a policy, not compiled yet.
#[derive(Clone, Debug)]
pub(in crate::doc) struct Texts {
    variables: Vec<(String, Text)>,
    conditions: Vec<(String, Text)>,
    mutations: Vec<(PatchKind, Text)>,
    targets: Option<Text>,
    target_conditions: Vec<(String, Text)>,
    annotations: Vec<(String, Text)>,
}

impl Texts {
    /// Reads the fields of a spec. `targets`: `targetMatchConstraints.expression`.
    pub(in crate::doc) fn read(spec: &mut Fields<'_, '_>, targets: Option<Text>) -> Texts {
        Texts {
            variables: Named::unique(spec, "variables"),
            conditions: Named::unique(spec, "matchConditions"),
            mutations: Mutation::texts(spec),
            targets,
            target_conditions: Named::texts(spec, "targetMatchConditions"),
            annotations: annotation_texts(spec),
        }
    }

    /// The expressions for Pod controllers, which hold their Pod at `place` below `spec`.
    pub(in crate::doc) fn moved(&self, place: &[&str]) -> Texts {
        let mut texts = self.clone();
        for (_, text) in &mut texts.conditions {
            text.text = moved(&text.text, place);
        }
        for (kind, text) in &mut texts.mutations {
            if *kind == PatchKind::ApplyConfiguration {
                text.text = wrapped(&moved(&text.text, place), place);
            }
        }
        texts
    }

    /// Compiles everything; the error is the first one, with its field, in the reference's words.
    pub(in crate::doc) fn compile(self, kind: PolicyKind) -> Result<MutatingCel, String> {
        let asks_namespace = self.mention("namespaceObject");
        let mut compiler = Compiler::new(kind);
        let variables = compiler.variables(self.variables)?;
        let conditions = compiler.conditions("matchConditions", self.conditions)?;
        let mutations = self.mutations.into_iter().enumerate();
        let mutations = mutations.map(|(index, (kind, text))| {
            let place = || format!("spec.mutations[{index}].{}.expression", kind.field());
            let expression = compiler.one(text, kind.wanted(), place)?;
            Ok(Mutation { kind, expression })
        });
        let mutations = mutations.collect::<Result<_, String>>()?;
        let target_conditions =
            compiler.conditions("targetMatchConditions", self.target_conditions)?;
        let place = || "spec.targetMatchConstraints.expression".to_owned();
        let targets = self
            .targets
            .map(|text| compiler.one(text, Wanted::Objects, place));
        Ok(MutatingCel {
            variables,
            conditions,
            mutations,
            targets: targets.transpose()?,
            target_conditions,
            annotations: compiler.annotations(self.annotations)?,
            asks_namespace,
        })
    }

    /// Does a name stand anywhere in the expressions?
    fn mention(&self, name: &str) -> bool {
        let named = self.variables.iter().chain(&self.conditions);
        let named = named
            .chain(&self.target_conditions)
            .chain(&self.annotations);
        let named = named.map(|(_, text)| text);
        let mutations = self.mutations.iter().map(|(_, text)| text);
        let mut all = named.chain(mutations).chain(&self.targets);
        all.any(|text| text.text.contains(name))
    }
}

/// Is it what names objects by expression?
pub(super) fn is_objects(ty: &Type) -> bool {
    match ty {
        Type::Dyn => true,
        Type::Map(key, _) => matches!(**key, Type::String | Type::Dyn),
        _ => false,
    }
}

/// The expression with what belongs to the Pod looked for at its place: `object.spec`, and of the
/// metadata the labels and annotations.
pub(in crate::doc) fn moved(text: &str, place: &[&str]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find("bject.") {
        let (front, back) = rest.split_at(at + "bject.".len());
        out.push_str(front);
        rest = back;
        let roots = ["object.", "oldObject.", "Object."];
        let rooted = roots.into_iter().any(|root| {
            let before = front.strip_suffix(root);
            before.is_some_and(|before| !before.ends_with(is_word))
        });
        let parts = ["spec", "metadata.labels", "metadata.annotations"];
        let part = parts.into_iter().find(|part| {
            let behind = rest.strip_prefix(part);
            behind.is_some_and(|behind| !behind.starts_with(is_word))
        });
        if rooted && part.is_some() {
            out.push_str("spec.");
            out.push_str(&place.join("."));
            out.push('.');
        }
    }
    out.push_str(rest);
    out
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// An `Object{...}` with what it holds put where the Pod is.
pub(in crate::doc) fn wrapped(text: &str, place: &[&str]) -> String {
    let trimmed = text.trim();
    let inner = trimmed
        .strip_prefix("Object")
        .and_then(|rest| rest.trim_start().strip_prefix('{'))
        .and_then(|rest| rest.strip_suffix('}'));
    let Some(inner) = inner else {
        return text.to_owned();
    };
    let mut front = "Object{".to_owned();
    let mut ty = "Object".to_owned();
    for part in std::iter::once(&"spec").chain(place) {
        ty = format!("{ty}.{part}");
        front.push_str(&format!("{part}: {ty}{{"));
    }
    let back = "}".repeat(place.len() + 2);
    format!("{front}{inner}{back}")
}

#[cfg(test)]
mod tests {
    use super::{moved, wrapped};

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn moves_what_belongs_to_the_pod() {
        check("object.spec.x",               "object.spec.template.spec.x");
        check("oldObject.metadata.labels.a", "oldObject.spec.template.metadata.labels.a");
        check("Object.spec.x{}",             "Object.spec.template.spec.x{}");
        check("object.metadata.name",        "object.metadata.name");
        check("object.specs",                "object.specs");
        check("myobject.spec",               "myobject.spec");
        check("Object.metadata{labels: Object.metadata.labels{}}", "Object.metadata{labels: Object.spec.template.metadata.labels{}}");
    }

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn wraps_whole_objects() {
        assert_eq!(wrapped(" Object {a: 1}\n", &["template"]), "Object{spec: Object.spec{template: Object.spec.template{a: 1}}}");
        assert_eq!(wrapped("Object{}", &["jobTemplate", "spec"]), "Object{spec: Object.spec{jobTemplate: Object.spec.jobTemplate{spec: Object.spec.jobTemplate.spec{}}}}");
        assert_eq!(wrapped("a ? Object{} : Object{}", &["template"]), "a ? Object{} : Object{}");
    }

    #[track_caller]
    fn check(text: &str, expect: &str) {
        assert_eq!(moved(text, &["template"]), expect, "`{text}`");
    }
}
