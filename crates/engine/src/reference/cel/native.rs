//! Conditions, then checks, in the order and the words of the API server.

use portcullis_lang::cel::val::Val;
use portcullis_lang::value::Value;

use super::outside::{Known, get};
use super::scope::{Scope, Style};
use super::{namespace, request};
use crate::context::Setting;
use crate::doc::cel::{CelCheck, Named, NativeCel, ParamKind, ParamRef, Place};
use crate::facts::{FactKind, Fault, object_path};
use crate::outcome::Status;
use crate::reference::validate::Said;
use crate::review::{Review, plural};

/// A message longer than this is not used.
const MOST_BYTES: usize = 5 << 10;

/// Evaluates a block on a review. `passed` is what a pass says.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the block or the object is a result.
pub(in crate::reference) fn run<'v>(
    block: &'v NativeCel,
    review: &Review<'v>,
    setting: &Setting<'v>,
    passed: Said,
) -> Result<Said, Fault> {
    let params = match params(block, review, setting)? {
        Ok(params) => params,
        Err(text) => {
            let text = format!("error in parameterized resource: {text}");
            return Ok(Said::new(Status::Error, text));
        }
    };
    // Conditions are evaluated before the namespace is known.
    let before = scope(&block.variables, review, setting, params, Val::Null);
    match conditions(&block.conditions, before)? {
        Ok(true) => {}
        Ok(false) => return Ok(Said::new(Status::Skip, "cel preconditions not met")),
        Err(text) => return Ok(Said::new(Status::Fail, text)),
    }
    let namespace = namespace::value(review, setting)?;
    let scope = scope(&block.variables, review, setting, params, namespace);
    for check in &block.checks {
        match scope.holds(&check.expression)? {
            Ok(true) => {}
            Ok(false) => return Ok(Said::new(Status::Fail, message(check, scope)?)),
            Err(text) => return Ok(Said::new(Status::Fail, text)),
        }
    }
    Ok(passed)
}

/// Do all match conditions of a webhook hold? One that cannot be evaluated does not.
///
/// # Errors
///
/// A missing fact.
pub(in crate::reference) fn holds_all<'v>(
    conditions: &'v [Named],
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<bool, Fault> {
    if conditions.is_empty() {
        return Ok(true);
    }
    let scope = scope(&[], review, setting, None, Val::Null);
    Ok(self::conditions(conditions, scope)? == Ok(true))
}

/// One that is false settles it, whatever is wrong with others.
fn conditions<'v>(
    conditions: &'v [Named],
    scope: &'v Scope<'v>,
) -> Result<Result<bool, String>, Fault> {
    let mut errors: Vec<String> = Vec::new();
    for condition in conditions {
        match scope.holds(&condition.expression)? {
            Ok(true) => {}
            Ok(false) => return Ok(Ok(false)),
            Err(text) if errors.contains(&text) => {}
            Err(text) => errors.push(text),
        }
    }
    Ok(match errors.as_slice() {
        [] => Ok(true),
        [error] => Err(error.clone()),
        many => Err(format!("[{}]", many.join(", "))),
    })
}

/// Why a check fails: its `messageExpression` where that gives a usable text, or `message`.
fn message<'v>(check: &'v CelCheck, scope: &'v Scope<'v>) -> Result<String, Fault> {
    if let Some(expression) = &check.message_expression
        && let Ok(value) = scope.value(expression)?
        && let Some(text) = value.as_str().map(str::trim)
        && !text.is_empty()
        && text.len() <= MOST_BYTES
        && !text.contains('\n')
    {
        return Ok(text.to_owned());
    }
    Ok(match check.message.trim() {
        "" => format!("failed expression: {}", check.expression.text.trim()),
        text => text.to_owned(),
    })
}

fn scope<'v>(
    variables: &'v [Named],
    review: &Review<'v>,
    setting: &Setting<'v>,
    params: Option<Val<'v>>,
    namespace: Val<'v>,
) -> &'v Scope<'v> {
    let bump = setting.bump;
    let known = Known::new(setting.facts, setting.inputs, "");
    let namespace = (Place::Namespace, namespace);
    let values = request::values(review, bump).into_iter();
    let values = values.chain([namespace]);
    let values = values.chain(params.map(|params| (Place::Extra, params)));
    Scope::new(bump, known, values, variables, Style::Native)
}

/// `params`: the inner error is for the user.
fn params<'v>(
    block: &NativeCel,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Result<Option<Val<'v>>, String>, Fault> {
    let (Some(kind), Some(reference)) = (&block.param_kind, &block.param_ref) else {
        return Ok(Ok(Some(Val::Null)));
    };
    if !setting.facts.offers(FactKind::Kubernetes) {
        // Without a cluster the reference knows of no namespaced kind.
        return Ok(Err(match reference.namespace.as_str() {
            "" => format!(
                "{} `{}` is not available offline",
                kind.kind, reference.name
            ),
            _ => "paramRef.namespace must not be provided for a cluster-scoped `paramKind`"
                .to_owned(),
        }));
    }
    let fact = get(params_path(kind, reference, review, setting));
    Ok(match setting.facts.get(&fact) {
        Some(Ok(document)) => Ok(Some(Val::from(document.root()))),
        Some(Err(text)) if reference.required => Err(text),
        Some(Err(_)) => Ok(Some(Val::from(Value::Null))),
        None => return Err(Fault::Missing(fact)),
    })
}

fn params_path(
    kind: &ParamKind,
    reference: &ParamRef,
    review: &Review<'_>,
    setting: &Setting<'_>,
) -> String {
    let namespace = match reference.namespace.as_str() {
        "" => review.namespace,
        namespace => namespace,
    };
    let resource = plural(&kind.kind, setting.bump);
    object_path(&kind.api_version, resource, namespace, &reference.name)
}
