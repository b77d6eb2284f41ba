//! The CEL of a ValidatingPolicy: conditions, variables, checks, audit annotations.

use portcullis_lang::cel::types::Type;
use portcullis_lang::cel::{CompileError, Environment};

use super::super::fields::Fields;
use super::environment::{VARIABLES, kyverno};
use super::expression::{Expression, Named, Text, Unusable, Wanted};
use super::native::CelCheck;

/// Compiled as a whole: one expression that does not compile is an error of the policy.
#[derive(Debug)]
pub struct KyvernoCel {
    /// All must hold, or nothing is checked.
    pub conditions: Vec<Named>,
    /// Each may use those in front of it.
    pub variables: Vec<Named>,
    /// The first that does not hold is the result.
    pub checks: Vec<CelCheck>,
    /// Properties of the result.
    pub annotations: Vec<Named>,
}

/// The expressions of a policy, not compiled yet.
#[derive(Debug)]
pub(in crate::doc) struct Texts {
    conditions: Vec<(String, Text)>,
    variables: Vec<(String, Text)>,
    checks: Vec<(Text, String, Text)>,
    annotations: Vec<(String, Text)>,
}

impl Texts {
    pub(in crate::doc) fn read(spec: &mut Fields<'_, '_>) -> Texts {
        Texts {
            conditions: Named::texts(spec, "matchConditions"),
            variables: Named::texts(spec, "variables"),
            checks: spec.each("validations", |entry| {
                entry.ignore(&["reason"]);
                (
                    Text::read(entry, "expression"),
                    entry.string("message"),
                    Text::read(entry, "messageExpression"),
                )
            }),
            annotations: spec.each("auditAnnotations", |entry| {
                (entry.string("key"), Text::read(entry, "valueExpression"))
            }),
        }
    }

    /// Compiles everything; the error is the first one, with its field, in the reference's words.
    ///
    /// `namespaced`: does the policy live in a namespace, and see nothing else?
    pub(in crate::doc) fn compile(self, namespaced: bool) -> Result<KyvernoCel, String> {
        let mut environment = kyverno(namespaced);
        let mut conditions = Vec::new();
        for (index, (name, text)) in self.conditions.into_iter().enumerate() {
            let place = || format!("spec.matchConditions[{index}].expression");
            let expression = compile(text, &environment, Wanted::Bool, place)?;
            conditions.push(Named { name, expression });
        }
        let mut variables = Vec::new();
        for (index, (name, text)) in self.variables.into_iter().enumerate() {
            let place = || format!("spec.variables[{index}].expression");
            let expression = compile(text, &environment, Wanted::Anything, place)?;
            let ty = expression.result_type().cloned().unwrap_or(Type::Dyn);
            environment.declare_field(VARIABLES, name.clone(), ty);
            variables.push(Named { name, expression });
        }
        let mut checks = Vec::new();
        for (index, (text, message, of_message)) in self.checks.into_iter().enumerate() {
            let place = |field: &str| format!("spec.validations[{index}].{field}");
            let expression = || place("expression");
            let expression = compile(text, &environment, Wanted::Bool, expression)?;
            let of_message = Some(of_message).filter(|written| !written.text.is_empty());
            let field = || place("messageExpression");
            let of_message =
                of_message.map(|text| compile(text, &environment, Wanted::Text, field));
            checks.push(CelCheck {
                expression,
                message,
                message_expression: of_message.transpose()?,
            });
        }
        let mut annotations = Vec::new();
        for (index, (name, text)) in self.annotations.into_iter().enumerate() {
            let place = || format!("spec.auditAnnotations[{index}].valueExpression");
            let expression = compile(text, &environment, Wanted::TextOrNull, place)?;
            annotations.push(Named { name, expression });
        }
        Ok(KyvernoCel {
            conditions,
            variables,
            checks,
            annotations,
        })
    }
}

impl KyvernoCel {
    /// Gives every expression the place of its original, of which autogen made this.
    pub(in crate::doc) fn take_places(&mut self, original: &KyvernoCel) {
        fn named(own: &mut [Named], original: &[Named]) {
            for (own, original) in std::iter::zip(own, original) {
                own.expression.at = original.expression.at;
            }
        }
        named(&mut self.conditions, &original.conditions);
        named(&mut self.variables, &original.variables);
        named(&mut self.annotations, &original.annotations);
        for (own, original) in std::iter::zip(&mut self.checks, &original.checks) {
            own.expression.at = original.expression.at;
            if let (Some(own), Some(original)) =
                (&mut own.message_expression, &original.message_expression)
            {
                own.at = original.at;
            }
        }
    }
}

fn compile(
    text: Text,
    environment: &Environment,
    wanted: Wanted,
    place: impl Fn() -> String,
) -> Result<Expression, String> {
    let expression = Expression::compile(text, environment, wanted);
    let said = match &expression.program {
        Ok(_) => return Ok(expression),
        Err(Unusable::Compile(CompileError::Issues(issues))) => issues.to_string(),
        Err(Unusable::Compile(CompileError::Constant(text))) => text.clone(),
        Err(Unusable::Type { wanted, .. }) if *wanted == TEXT_OR_NULL => {
            format!("output is expected to be either of type {wanted}")
        }
        Err(Unusable::Type { wanted, .. }) => format!("output is expected to be of type {wanted}"),
    };
    Err(format!(
        "{}: Invalid value: {:?}: {said}",
        place(),
        expression.text
    ))
}

pub(super) const TEXT_OR_NULL: &str = "string or null_type";
