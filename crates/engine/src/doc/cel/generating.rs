//! The CEL of a GeneratingPolicy: conditions, variables, what it makes.

use super::super::fields::Fields;
use super::super::policy::PolicyKind;
use super::expression::{Expression, Named, Text, Wanted};
use super::kyverno::{Compiler, annotation_texts};
use super::template::Template;

/// Compiled as a whole: one expression that does not compile is an error of the policy.
#[derive(Debug)]
pub struct GeneratingCel {
    /// All must hold, or nothing is made.
    pub conditions: Vec<Named>,
    /// Each may use those in front of it.
    pub variables: Vec<Named>,
    /// In order.
    pub generations: Vec<Generation>,
    /// Properties of the result.
    pub annotations: Vec<Named>,
}

/// One entry of `generate`.
#[derive(Debug)]
pub enum Generation {
    /// Calls `generator.apply`; its value does not count.
    Expression(Expression),
    /// Objects that are written down.
    Template(Template),
}

/// One entry as written.
enum Written {
    Expression(Text),
    Template {
        text: Text,
        interpolates: bool,
    },
    /// Both, or neither.
    Unclear,
}

impl GeneratingCel {
    /// Reads and compiles; the error is the first one, with its field, in the reference's words.
    pub(in crate::doc) fn read(
        spec: &mut Fields<'_, '_>,
        kind: PolicyKind,
    ) -> Result<GeneratingCel, String> {
        let conditions = Named::texts(spec, "matchConditions");
        let variables = Named::texts(spec, "variables");
        let written = spec.each("generate", Written::read);
        let annotations = annotation_texts(spec);
        let mut compiler = Compiler::new(kind);
        let conditions = compiler.conditions("matchConditions", conditions)?;
        let variables = compiler.variables(variables)?;
        let written = written.into_iter().enumerate();
        let generations = written.map(|(index, entry)| entry.compile(index, &compiler));
        Ok(GeneratingCel {
            conditions,
            variables,
            generations: generations.collect::<Result<_, _>>()?,
            annotations: compiler.annotations(annotations)?,
        })
    }
}

impl Written {
    fn read(entry: &mut Fields<'_, '_>) -> Written {
        let expression = Text::read(entry, "expression");
        let template = entry.map("template", |template| Written::Template {
            text: Text::read(template, "value"),
            interpolates: template.one_of("interpolate", &["none", "cel"]) == Some("cel"),
        });
        match (Some(expression).filter(|it| !it.text.is_empty()), template) {
            (Some(text), None) => Written::Expression(text),
            (None, Some(template)) => template,
            _ => Written::Unclear,
        }
    }

    fn compile(self, index: usize, compiler: &Compiler) -> Result<Generation, String> {
        match self {
            Written::Expression(text) => {
                let place = || format!("spec.generate[{index}].expression");
                let expression = compiler.one(text, Wanted::Bool, place)?;
                Ok(Generation::Expression(expression))
            }
            Written::Template { text, interpolates } => {
                let place = format!("spec.generate[{index}].template.value");
                let template = Template::read(&text, interpolates, compiler, &place);
                template
                    .map(Generation::Template)
                    .map_err(|error| format!("{place}: Invalid value: {:?}: {error}", text.text))
            }
            Written::Unclear => Err(format!(
                "spec.generate[{index}]: Invalid value: \"\": exactly one of expression and template must be set"
            )),
        }
    }
}
