//! Conditions, then checks, in the order and the words of the API server.

use portcullis_lang::cel::val::Val;

use super::outside::Known;
use super::params::params;
use super::scope::{Costs, Scope, Style};
use super::{access, namespace, request};
use crate::context::Setting;
use crate::doc::cel::{CelCheck, Named, NativeCel, Place};
use crate::facts::Fault;
use crate::outcome::Status;
use crate::reference::validate::Said;
use crate::review::Review;

/// A message longer than this is not used.
const MOST_BYTES: usize = 5 << 10;

/// Evaluates the block of a rule on a review. `passed` is what a pass says.
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
    let params = match block
        .param_ref
        .as_ref()
        .map(|named| params(block.param_kind.as_ref(), named, review, setting))
    {
        None => Val::Null,
        Some(found) => match found? {
            Ok(params) => params,
            Err(text) => {
                let text = format!("error in parameterized resource: {text}");
                return Ok(Said::new(Status::Error, text));
            }
        },
    };
    let scope = match open(block, params, review, setting)? {
        Opening::Open(scope) => scope,
        Opening::NotMet => return Ok(Said::new(Status::Skip, "cel preconditions not met")),
        Opening::Bad(text) => return Ok(Said::new(Status::Fail, text)),
    };
    Ok(match check(block, scope)? {
        Checked::Passed => passed,
        Checked::Failed(text) | Checked::Error(text) => Said::new(Status::Fail, text),
    })
}

/// What the conditions of a block say.
pub(in crate::reference) enum Opening<'v> {
    /// They hold: the rest is evaluated here.
    Open(&'v Scope<'v>),
    /// They do not.
    NotMet,
    /// One cannot be evaluated.
    Bad(String),
}

/// What the checks of a block say.
pub(in crate::reference) enum Checked {
    /// All hold.
    Passed,
    /// The message of the first that does not.
    Failed(String),
    /// Why the first that does not hold cannot be evaluated.
    Error(String),
}

/// Evaluates the conditions of a block.
///
/// # Errors
///
/// A missing fact.
pub(in crate::reference) fn open<'v>(
    block: &'v NativeCel,
    params: Val<'v>,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Opening<'v>, Fault> {
    // Conditions are evaluated before the namespace is known.
    let costs = Costs::CONDITIONS;
    let mut stated = Stated {
        params,
        namespace: Val::Null,
        authorizer: block.asks_authorizer,
    };
    let before = scope(&block.variables, review, setting, stated, costs);
    match conditions(&block.conditions, before)? {
        Ok(true) => {}
        Ok(false) => return Ok(Opening::NotMet),
        Err(text) => return Ok(Opening::Bad(text)),
    }
    stated.namespace = namespace::value(review, setting)?;
    let costs = Costs::VALIDATIONS;
    let scope = scope(&block.variables, review, setting, stated, costs);
    Ok(Opening::Open(scope))
}

/// Evaluates the checks of a block; the first that does not hold settles it.
///
/// # Errors
///
/// A missing fact.
pub(in crate::reference) fn check<'v>(
    block: &'v NativeCel,
    scope: &'v Scope<'v>,
) -> Result<Checked, Fault> {
    for check in &block.checks {
        match scope.holds("validation", &check.expression)? {
            Ok(true) => {}
            Ok(false) => return Ok(Checked::Failed(message(check, scope)?)),
            Err(text) => return Ok(Checked::Error(text)),
        }
    }
    Ok(Checked::Passed)
}

/// Does a block without parameters pass (`true`) or not apply (`false`)? `None` is anything else, for
/// [`run`] to tell.
///
/// # Errors
///
/// A missing fact.
pub(crate) fn satisfied<'v>(
    block: &'v NativeCel,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Option<bool>, Fault> {
    let scope = match open(block, Val::Null, review, setting)? {
        Opening::Open(scope) => scope,
        Opening::NotMet => return Ok(Some(false)),
        Opening::Bad(_) => return Ok(None),
    };
    for check in &block.checks {
        match scope.value("validation", &check.expression)? {
            Ok(value) if value.as_bool() == Some(true) => {}
            _ => return Ok(None),
        }
    }
    Ok(Some(true))
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
    let costs = Costs::CONDITIONS;
    let mut texts = conditions.iter().map(|named| &named.expression.text);
    let stated = Stated {
        params: Val::Null,
        namespace: Val::Null,
        authorizer: texts.any(|text| text.contains("authorizer")),
    };
    let scope = scope(&[], review, setting, stated, costs);
    Ok(self::conditions(conditions, scope)? == Ok(true))
}

/// One that is false settles it, whatever is wrong with others.
fn conditions<'v>(
    conditions: &'v [Named],
    scope: &'v Scope<'v>,
) -> Result<Result<bool, String>, Fault> {
    let mut errors: Vec<String> = Vec::new();
    for condition in conditions {
        match scope.holds("condition", &condition.expression)? {
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
        && let Ok(value) = scope.value("message", expression)?
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

/// What expressions see besides what the review says by itself.
#[derive(Clone, Copy)]
struct Stated<'v> {
    params: Val<'v>,
    namespace: Val<'v>,
    /// Does any of them ask?
    authorizer: bool,
}

fn scope<'v>(
    variables: &'v [Named],
    review: &Review<'v>,
    setting: &Setting<'v>,
    stated: Stated<'v>,
    costs: Costs,
) -> &'v Scope<'v> {
    let bump = setting.bump;
    let known = Known::new(setting.facts, setting.inputs, "").of_user(review.user);
    let own = [
        (Place::Namespace, stated.namespace),
        (Place::Extra, stated.params),
    ];
    let authorizers = stated
        .authorizer
        .then(|| access::authorizers(request::request(review, bump), bump));
    let values = request::values(review, bump).into_iter().chain(own);
    let values = values.chain(authorizers.into_iter().flatten());
    let scope = Scope::new(bump, known, values, variables, Style::Native, costs);
    scope.noting(setting.trace)
}
