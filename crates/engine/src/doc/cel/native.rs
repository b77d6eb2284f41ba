//! What the API server's own admission policies and `validate.cel` have in common.

use portcullis_lang::cel::Environment;
use portcullis_lang::cel::types::Type;

use super::super::fields::Fields;
use super::super::filter::LabelSelector;
use super::environment::{Declared, VARIABLES, native};
use super::expression::{Expression, Named, Text, Unusable, Wanted};
use super::mutation::{Mutation, PatchKind};

/// Conditions, variables and checks that are evaluated as the API server does.
#[derive(Debug, Default)]
pub struct NativeCel {
    /// All must hold, or nothing is checked.
    pub conditions: Vec<Named>,
    /// In order of declaration; of two with one name the later counts.
    pub variables: Vec<Named>,
    /// What is checked.
    pub checks: Vec<CelCheck>,
    /// Does any of these speak of the authorizer?
    pub asks_authorizer: bool,
    /// `paramKind`
    pub param_kind: Option<ParamKind>,
    /// `paramRef`, where it stands beside the checks and not in a binding.
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
#[derive(Clone, Debug, PartialEq)]
pub struct ParamRef {
    /// Its name; empty where a selector chooses.
    pub name: String,
    /// Its namespace, where it is stated.
    pub namespace: String,
    /// Chooses by labels, where no name does.
    pub selector: Option<LabelSelector>,
    /// `parameterNotFoundAction: Deny`: is it an error that there is none?
    pub required: bool,
}

impl ParamRef {
    pub(in crate::doc) fn read(reference: &mut Fields<'_, '_>) -> ParamRef {
        ParamRef {
            name: reference.string("name"),
            namespace: reference.string("namespace"),
            selector: LabelSelector::read(reference, "selector"),
            required: reference.one_of("parameterNotFoundAction", &["Allow", "Deny"])
                == Some("Deny"),
        }
    }
}

/// A block whose expressions wait for the conditions, which stand elsewhere in the rule.
pub(in crate::doc) struct Written {
    /// Where it stands says whether there is an authorizer.
    authorizer: bool,
    variables: Vec<(String, Text)>,
    checks: Vec<(Text, String, Text)>,
    param_kind: Option<ParamKind>,
    param_ref: Option<ParamRef>,
}

impl Written {
    /// Reads `validate.cel`.
    pub(in crate::doc) fn of_rule(fields: &mut Fields<'_, '_>) -> Written {
        fields.ignore(&["generate"]);
        let param_ref = fields.map("paramRef", ParamRef::read);
        let variables = Named::texts(fields, "variables");
        Written {
            authorizer: true,
            param_ref,
            ..Written::read(fields, Some("expressions"), variables)
        }
    }

    /// Reads what blocks have in common; `checks` is the field of those that check anything.
    pub(in crate::doc) fn read(
        fields: &mut Fields<'_, '_>,
        checks: Option<&'static str>,
        variables: Vec<(String, Text)>,
    ) -> Written {
        if checks.is_some() {
            fields.each("auditAnnotations", |entry| {
                entry.ignore(&["key", "valueExpression"]);
            });
        }
        let checks = checks.map(|key| {
            fields.each(key, |entry| {
                entry.ignore(&["reason"]);
                (
                    Text::read(entry, "expression"),
                    entry.string("message"),
                    Text::read(entry, "messageExpression"),
                )
            })
        });
        Written {
            authorizer: false,
            variables,
            checks: checks.unwrap_or_default(),
            param_kind: fields.map("paramKind", |kind| ParamKind {
                api_version: kind.string("apiVersion"),
                kind: kind.string("kind"),
            }),
            param_ref: None,
        }
    }

    /// Compiles everything. What does not compile says so when it is evaluated, as in the reference.
    pub(in crate::doc) fn compile(
        self,
        conditions: Vec<(String, Text)>,
        message: &str,
    ) -> NativeCel {
        self.compile_with(conditions, message, None).0
    }

    /// [`Written::compile`], and patches in the same environment, where the block may make any.
    pub(in crate::doc) fn compile_with(
        self,
        conditions: Vec<(String, Text)>,
        message: &str,
        patches: Option<Vec<(PatchKind, Text)>>,
    ) -> (NativeCel, Vec<Mutation>) {
        let declared = Declared {
            params: self.param_kind.is_some(),
            authorizer: self.authorizer,
            patches: patches.is_some(),
        };
        let asks_authorizer = self.authorizer && self.mentions_authorizer(&conditions);
        let mut environment = native(declared);
        let variables = compile_variables(self.variables, &mut environment);
        // The reference declares neither params nor the authorizer for these, so one that names them
        // never compiles.
        let mut for_messages = native(Declared {
            patches: declared.patches,
            ..Declared::default()
        });
        declare_variables(&variables, &mut for_messages);
        let checks = self.checks.into_iter();
        let checks = checks.map(|(text, own, of_message)| CelCheck {
            expression: Expression::compile(text, &environment, Wanted::Bool),
            message: if own.is_empty() {
                message.to_owned()
            } else {
                own
            },
            message_expression: (!of_message.text.is_empty())
                .then(|| Expression::compile(of_message, &for_messages, Wanted::Text)),
        });
        let cel = NativeCel {
            checks: checks.collect(),
            conditions: Named::conditions(conditions, &environment),
            variables,
            asks_authorizer,
            param_kind: self.param_kind,
            param_ref: self.param_ref,
        };
        let patches = patches.into_iter().flatten();
        let mutations = patches.map(|patch| Mutation::compile(patch, &environment));
        (cel, mutations.collect())
    }

    fn mentions_authorizer(&self, conditions: &[(String, Text)]) -> bool {
        let named = conditions.iter().chain(&self.variables);
        let checks = self.checks.iter().map(|(text, ..)| text);
        let mut all = named.map(|(_, text)| text).chain(checks);
        all.any(|text| text.text.contains("authorizer"))
    }
}

/// What a condition of a webhook may name.
const OF_WEBHOOKS: Declared = Declared {
    params: false,
    authorizer: true,
    patches: false,
};

/// `webhookConfiguration.matchConditions`: conditions without variables.
pub(in crate::doc) fn webhook_conditions(texts: Vec<(String, Text)>) -> Vec<Named> {
    Named::conditions(texts, &native(OF_WEBHOOKS))
}

/// Can an API server check this expression before it calls a webhook?
///
/// # Errors
///
/// Why not.
pub(in crate::doc) fn compiles_for_webhook(text: &str) -> Result<(), Unusable> {
    let text = Text {
        text: text.to_owned(),
        ..Text::default()
    };
    let expression = Expression::compile(text, &native(OF_WEBHOOKS), Wanted::Bool);
    expression.program.map(drop)
}

/// Each sees those in front of it.
fn compile_variables(texts: Vec<(String, Text)>, environment: &mut Environment) -> Vec<Named> {
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
