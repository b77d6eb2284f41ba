//! What the API server's own admission policies and `validate.cel` have in common.

use portcullis_lang::cel::Environment;
use portcullis_lang::cel::types::Type;

use super::super::fields::Fields;
use super::environment::{VARIABLES, native};
use super::expression::{Expression, Named, Wanted};

/// Conditions, variables and checks that are evaluated as the API server does.
#[derive(Debug)]
pub struct NativeCel {
    /// All must hold, or nothing is checked.
    pub conditions: Vec<Named>,
    /// In order of declaration; of two with one name the later counts.
    pub variables: Vec<Named>,
    /// What is checked.
    pub checks: Vec<CelCheck>,
    /// `paramKind`
    pub param_kind: Option<ParamKind>,
    /// `paramRef`
    pub param_ref: Option<ParamRef>,
}

/// One entry of `expressions` or `validations`.
#[derive(Debug)]
pub struct CelCheck {
    /// What must hold.
    pub expression: Expression,
    /// `message`, or that of the whole block; empty where neither is there.
    pub message: String,
    /// `messageExpression`
    pub message_expression: Option<Expression>,
}

/// Which kind of object `params` is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ParamKind {
    /// `v1`, `example.com/v1`
    pub api_version: String,
    /// The kind.
    pub kind: String,
}

/// Which object `params` is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ParamRef {
    /// Its name; empty where a selector chooses.
    pub name: String,
    /// Its namespace, where it is stated.
    pub namespace: String,
    /// `parameterNotFoundAction: Deny`: is it an error that there is none?
    pub required: bool,
}

/// A block whose expressions wait for the conditions, which stand elsewhere in the rule.
pub(in crate::doc) struct Written {
    variables: Vec<(String, String)>,
    checks: Vec<(String, String, Option<String>)>,
    param_kind: Option<ParamKind>,
    param_ref: Option<ParamRef>,
}

impl Written {
    /// Reads `validate.cel`.
    pub(in crate::doc) fn read(fields: &mut Fields<'_, '_>) -> Written {
        fields.ignore(&["generate"]);
        fields.each("auditAnnotations", |entry| {
            entry.ignore(&["key", "valueExpression"]);
        });
        Written {
            variables: Named::texts(fields, "variables"),
            checks: fields.each("expressions", |entry| {
                entry.ignore(&["reason"]);
                (
                    entry.string("expression"),
                    entry.string("message"),
                    entry.text("messageExpression").map(str::to_owned),
                )
            }),
            param_kind: fields.map("paramKind", |kind| ParamKind {
                api_version: kind.string("apiVersion"),
                kind: kind.string("kind"),
            }),
            param_ref: fields.map("paramRef", |reference| {
                reference.ignore(&["selector"]);
                ParamRef {
                    name: reference.string("name"),
                    namespace: reference.string("namespace"),
                    required: reference.text("parameterNotFoundAction") == Some("Deny"),
                }
            }),
        }
    }

    /// Compiles everything. What does not compile says so when it is evaluated, as in the reference.
    pub(in crate::doc) fn compile(
        self,
        conditions: Vec<(String, String)>,
        message: &str,
    ) -> NativeCel {
        let mut environment = native(self.param_kind.is_some());
        let variables = compile_variables(self.variables, &mut environment);
        // The reference declares no params for these, so one that names them never compiles.
        let mut for_messages = native(false);
        declare_variables(&variables, &mut for_messages);
        let checks = self.checks.into_iter();
        let checks = checks.map(|(text, own, of_message)| CelCheck {
            expression: Expression::compile(text, &environment, Wanted::Bool),
            message: if own.is_empty() {
                message.to_owned()
            } else {
                own
            },
            message_expression: of_message
                .filter(|text| !text.is_empty())
                .map(|text| Expression::compile(text, &for_messages, Wanted::Text)),
        });
        NativeCel {
            checks: checks.collect(),
            conditions: Named::conditions(conditions, &environment),
            variables,
            param_kind: self.param_kind,
            param_ref: self.param_ref,
        }
    }
}

/// `webhookConfiguration.matchConditions`: conditions without variables.
pub(in crate::doc) fn webhook_conditions(texts: Vec<(String, String)>) -> Vec<Named> {
    Named::conditions(texts, &native(false))
}

/// Each sees those in front of it.
fn compile_variables(texts: Vec<(String, String)>, environment: &mut Environment) -> Vec<Named> {
    let mut variables = Vec::with_capacity(texts.len());
    for (name, text) in texts {
        let expression = Expression::compile(text, environment, Wanted::Anything);
        let variable = Named { name, expression };
        declare_variables(std::slice::from_ref(&variable), environment);
        variables.push(variable);
    }
    variables
}

/// One that does not compile could be anything: its error is for whoever uses it.
fn declare_variables(variables: &[Named], environment: &mut Environment) {
    for variable in variables {
        let ty = variable.expression.result_type().unwrap_or(&Type::Dyn);
        environment.declare_field(VARIABLES, variable.name.clone(), ty.clone());
    }
}
