//! A GeneratingPolicy on a review: conditions, then what it makes.

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::cel::val::Val;
use portcullis_lang::value::{Document, Value, list, object, to_json};

use super::exceptions::{self, Applying};
use super::generated::placed;
use super::kyverno::{annotations, conditions, scope, values, words};
use super::scope::Scope;
use crate::context::Setting;
use crate::doc::cel::{CelException, Expression, GeneratingCel, Generation, Piece};
use crate::doc::{GeneratingPolicy, Mode};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// What a policy makes that speaks about the review; nothing where its conditions do not hold.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the policy or the object is an outcome.
pub(in crate::reference) fn generation<'v>(
    policy: &'v GeneratingPolicy,
    cel: &'v GeneratingCel,
    review: &Review<'v>,
    exceptions: &'v [Arc<CelException>],
    setting: &Setting<'v>,
) -> Result<Option<RuleOutcome>, Fault> {
    let id = &policy.id;
    let error = |text: &str| {
        let text = format!("failed to evaluate policy: {text}");
        let kind = RuleType::Generation;
        Ok(Some(RuleOutcome::new(&id.name, kind, Status::Error, text)))
    };
    let values = values(Mode::Kubernetes, review, true, setting)?;
    let make = |lists: &Applying<'v>| scope(id, &values, lists, &cel.variables, setting);
    let lists = match exceptions::applying(id, exceptions, &make, review, setting)? {
        Ok(applying) => applying,
        Err(text) => return error(&text),
    };
    if let Some(outcome) = lists.let_off(RuleType::Generation) {
        return Ok(Some(outcome));
    }
    let scope = make(&lists);
    match conditions(&cel.conditions, scope)? {
        Ok(true) => {}
        Ok(false) => return Ok(None),
        Err(text) => return error(&text),
    }
    let mut objects = Vec::new();
    for step in &cel.generations {
        let made = match step {
            Generation::Expression(expression) => match scope.value("generate", expression)? {
                Ok(_) => Ok(scope.generated()),
                Err(failure) => Err(words(&failure)),
            },
            Generation::Template(template) => {
                from_template(&template.0, &id.namespace, scope, setting.bump)?
            }
        };
        match made {
            Ok(made) => objects.extend(made),
            Err(text) => return error(&text),
        }
    }
    let properties = match annotations(&cel.annotations, scope)? {
        Ok(properties) => properties,
        Err(text) => return error(&text),
    };
    let message = "policy evaluated successfully";
    let mut outcome = RuleOutcome::new(&id.name, RuleType::Generation, Status::Pass, message);
    outcome.properties = properties;
    outcome.generated = objects;
    Ok(Some(outcome))
}

/// `own`: the namespace of the policy; empty for one of the whole cluster.
fn from_template<'v>(
    pieces: &'v [Piece],
    own: &str,
    scope: &'v Scope<'v>,
    bump: &'v Bump,
) -> Result<Result<Vec<Document>, String>, Fault> {
    let mut made = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let value = match filled(piece, scope, bump)? {
            Ok(value) => value,
            Err(text) => return Ok(Err(text)),
        };
        let namespace = value.at(&["metadata", "namespace"]).unwrap_or_default();
        let namespace = match namespace.as_str().unwrap_or_default() {
            "" => own,
            other if !own.is_empty() && other != own => {
                return Ok(Err(format!(
                    "cross-namespace generation denied: a policy in namespace \"{own}\" cannot generate resources into namespace \"{other}\""
                )));
            }
            named => named,
        };
        match placed(value, namespace) {
            Ok(object) => made.push(object),
            Err(text) => return Ok(Err(text.to_owned())),
        }
    }
    Ok(Ok(made))
}

/// A template's part with the values of its expressions.
fn filled<'v>(
    piece: &'v Piece,
    scope: &'v Scope<'v>,
    bump: &'v Bump,
) -> Result<Result<Value<'v>, String>, Fault> {
    Ok(Ok(match piece {
        Piece::Constant(document) => document.root(),
        Piece::Value(expression) => match evaluated(expression, scope)? {
            Ok(value) => match value.to_json(bump) {
                Ok(value) => value,
                Err(fault) => return Ok(Err(fault.to_string())),
            },
            Err(text) => return Ok(Err(text)),
        },
        Piece::Text(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    Ok(plain) => text.push_str(plain),
                    Err(expression) => match evaluated(expression, scope)? {
                        Ok(value) => match scalar(value, bump) {
                            Ok(value) => text.push_str(&value),
                            Err(error) => return Ok(Err(error)),
                        },
                        Err(error) => return Ok(Err(error)),
                    },
                }
            }
            Value::Str(bump.alloc_str(&text))
        }
        Piece::List(pieces) => {
            let mut items = Vec::with_capacity(pieces.len());
            for piece in pieces {
                match filled(piece, scope, bump)? {
                    Ok(value) => items.push(value),
                    Err(text) => return Ok(Err(text)),
                }
            }
            list(bump, items)
        }
        Piece::Map(entries) => {
            let mut made = Vec::with_capacity(entries.len());
            for (key, piece) in entries {
                match filled(piece, scope, bump)? {
                    Ok(value) => made.push((key.as_str(), value)),
                    Err(text) => return Ok(Err(text)),
                }
            }
            object(bump, made)
        }
    }))
}

fn evaluated<'v>(
    expression: &'v Expression,
    scope: &'v Scope<'v>,
) -> Result<Result<Val<'v>, String>, Fault> {
    let value = scope.value("template", expression)?;
    Ok(value.map_err(|failure| words(&failure)))
}

/// A value within a text.
fn scalar<'v>(value: Val<'v>, bump: &'v Bump) -> Result<String, String> {
    match value {
        Val::Str(text) => Ok(text.to_owned()),
        Val::Bool(_) | Val::Int(_) | Val::Uint(_) | Val::Double(_) => {
            let value = value.to_json(bump).map_err(|fault| fault.to_string())?;
            Ok(to_json(value))
        }
        other => Err(format!(
            "a placeholder within a text is a scalar, but here is a `{}`",
            other.type_name()
        )),
    }
}
