//! The CEL of a ValidatingPolicy: conditions, variables, checks, audit annotations.

use portcullis_lang::cel::types::Type;
use portcullis_lang::cel::{CompileError, Environment};

use super::super::fields::Fields;
use super::super::policy::PolicyKind;
use super::super::validating::Mode;
use super::environment::{self, VARIABLES};
use super::expression::{Expression, Named, Text, Unusable, Wanted};
use super::native::CelCheck;

/// Compiled as a whole: one expression that does not compile is an error of the policy.
#[derive(Debug)]
pub struct KyvernoCel {
    /// All must hold, or nothing is checked.
    pub conditions: Vec<Named>,
    /// Each may use those in front of it.
    pub variables: Vec<Named>,
    /// The first that does not hold is the result; of a policy that answers requests, the first that
    /// has an answer.
    pub checks: Vec<CelCheck>,
    /// Properties of the result.
    pub annotations: Vec<Named>,
    /// Does any of them look at the namespace?
    pub asks_namespace: bool,
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
            annotations: annotation_texts(spec),
        }
    }

    /// Compiles everything; the error is the first one, with its field, in the reference's words.
    ///
    /// `kind` and `mode`: of the policy, which settle what its expressions may name.
    pub(in crate::doc) fn compile(
        self,
        kind: PolicyKind,
        mode: Mode,
    ) -> Result<KyvernoCel, String> {
        let wanted = match mode {
            Mode::Kubernetes | Mode::Json => Wanted::Bool,
            Mode::Http => Wanted::Answer("http.CheckResponse"),
            Mode::Envoy => Wanted::Answer("envoy.service.auth.v3.CheckResponse"),
        };
        let asks_namespace = self.mention("namespaceObject");
        let mut compiler = Compiler(environment::with_mode(kind, mode));
        let conditions = compiler.conditions("matchConditions", self.conditions)?;
        let variables = compiler.variables(self.variables)?;
        let mut checks = Vec::new();
        for (index, (text, message, of_message)) in self.checks.into_iter().enumerate() {
            let place = |field: &str| format!("spec.validations[{index}].{field}");
            let expression = compiler.one(text, wanted, || place("expression"))?;
            let of_message = Some(of_message).filter(|written| !written.text.is_empty());
            let field = || place("messageExpression");
            let of_message = of_message.map(|text| compiler.one(text, Wanted::Text, field));
            checks.push(CelCheck {
                expression,
                message,
                message_expression: of_message.transpose()?,
            });
        }
        Ok(KyvernoCel {
            conditions,
            variables,
            checks,
            annotations: compiler.annotations(self.annotations)?,
            asks_namespace,
        })
    }

    /// Does a name stand anywhere in the expressions?
    fn mention(&self, name: &str) -> bool {
        let named = self.conditions.iter().chain(&self.variables);
        let named = named.chain(&self.annotations).map(|(_, text)| text);
        let checks = self
            .checks
            .iter()
            .flat_map(|(check, _, message)| [check, message]);
        named.chain(checks).any(|text| text.text.contains(name))
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

/// Compiles the expressions of one policy, part by part in the reference's order. Every error names
/// its field, in the reference's words.
pub(in crate::doc) struct Compiler(Environment);

impl Compiler {
    pub(in crate::doc) fn new(kind: PolicyKind) -> Compiler {
        Compiler(environment::of(kind))
    }

    /// Conditions that stand in `spec.FIELD`.
    pub(in crate::doc) fn conditions(
        &self,
        field: &str,
        texts: Vec<(String, Text)>,
    ) -> Result<Vec<Named>, String> {
        let named = |(index, (name, text))| {
            let place = || format!("spec.{field}[{index}].expression");
            let expression = self.one(text, Wanted::Bool, place)?;
            Ok(Named { name, expression })
        };
        texts.into_iter().enumerate().map(named).collect()
    }

    /// `spec.variables`: each sees those in front of it, and everything after them sees all.
    pub(in crate::doc) fn variables(
        &mut self,
        texts: Vec<(String, Text)>,
    ) -> Result<Vec<Named>, String> {
        let mut variables = Vec::with_capacity(texts.len());
        for (index, (name, text)) in texts.into_iter().enumerate() {
            let place = || format!("spec.variables[{index}].expression");
            let expression = self.one(text, Wanted::Anything, place)?;
            let ty = expression.result_type().cloned().unwrap_or(Type::Dyn);
            self.0.declare_field(VARIABLES, name.clone(), ty);
            variables.push(Named { name, expression });
        }
        Ok(variables)
    }

    /// `spec.auditAnnotations`.
    pub(in crate::doc) fn annotations(
        &self,
        texts: Vec<(String, Text)>,
    ) -> Result<Vec<Named>, String> {
        let named = |(index, (name, text))| {
            let place = || format!("spec.auditAnnotations[{index}].valueExpression");
            let expression = self.one(text, Wanted::TextOrNull, place)?;
            Ok(Named { name, expression })
        };
        texts.into_iter().enumerate().map(named).collect()
    }

    /// One expression, which stands at `place`.
    pub(in crate::doc) fn one(
        &self,
        text: Text,
        wanted: Wanted,
        place: impl Fn() -> String,
    ) -> Result<Expression, String> {
        compile(text, &self.0, wanted, place)
    }
}

/// Names of audit annotations, and their expressions, not compiled yet.
pub(in crate::doc) fn annotation_texts(spec: &mut Fields<'_, '_>) -> Vec<(String, Text)> {
    spec.each("auditAnnotations", |entry| {
        (entry.string("key"), Text::read(entry, "valueExpression"))
    })
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
