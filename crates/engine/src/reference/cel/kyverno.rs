//! A ValidatingPolicy on a review: conditions, then checks, in Kyverno's order and words.

use std::sync::Arc;

use portcullis_lang::cel::library::Outside;
use portcullis_lang::cel::val::Val;
use portcullis_lang::value::{Map, Value};

use super::exceptions::{self, Applying};
use super::namespace;
use super::outside::Known;
use super::request;
use super::scope::{Costs, Failure, OUT_OF_BUDGET, Scope, Style};
use crate::context::Setting;
use crate::doc::cel::{CelCheck, CelException, KyvernoCel, Named, Place, VALUES};
use crate::doc::{FailurePolicy, Mode, PolicyId, PolicyKind, ValidatingPolicy};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// The property that names the check that failed.
const INDEX: &str = "cel.validationIndex";

/// The outcome of one form of the policy on a review that it speaks about.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the policy or the object is an outcome.
pub(in crate::reference) fn outcome<'v>(
    policy: &'v ValidatingPolicy,
    cel: &'v KyvernoCel,
    review: &Review<'v>,
    exceptions: &'v [Arc<CelException>],
    setting: &Setting<'v>,
) -> Result<RuleOutcome, Fault> {
    let said = |rule: &str, status, message: String| {
        Ok(RuleOutcome::new(
            rule,
            RuleType::Validation,
            status,
            message,
        ))
    };
    // Exceptions are few, and what they ask is not known here.
    let asks_namespace = cel.asks_namespace || !exceptions.is_empty();
    let values = values(policy.mode, review, asks_namespace, setting)?;
    let make = |lists: &Applying<'v>| scope(&policy.id, &values, lists, &cel.variables, setting);
    let ignores = policy.failure_policy == FailurePolicy::Ignore;
    let lists = match exceptions::applying(&policy.id, exceptions, &make, review, setting)? {
        Ok(applying) => match applying.let_off(RuleType::Validation) {
            Some(outcome) => return Ok(outcome),
            None => applying,
        },
        Err(_) if ignores => Applying::default(),
        Err(text) => return said("evaluation", Status::Error, not_loaded(&text)),
    };
    let scope = make(&lists);
    match conditions(&cel.conditions, scope)? {
        Ok(true) => {}
        Ok(false) => return said("", Status::Skip, "skip".to_owned()),
        Err(_) if ignores => return said("", Status::Skip, "skip".to_owned()),
        Err(text) => return said("evaluation", Status::Error, not_loaded(&text)),
    }
    for (index, check) in cel.checks.iter().enumerate() {
        let failed = match scope.value("validation", &check.expression)? {
            Ok(value) if value.as_bool() == Some(true) => continue,
            Ok(_) => Ok(message(index, check, scope)?),
            Err(failure) => Err(words(&failure)),
        };
        let (status, message, properties) = match (failed, annotations(&cel.annotations, scope)?) {
            (Ok(message), Ok(properties)) => (Status::Fail, message, properties),
            (Ok(_), Err(text)) | (Err(text), _) => {
                (Status::Error, format!("error: {text}"), Vec::new())
            }
        };
        let mut outcome = RuleOutcome::new("", RuleType::Validation, status, message);
        outcome.properties = properties;
        if !outcome.properties.iter().any(|(key, _)| key == INDEX) {
            let index = (INDEX.to_owned(), index.to_string());
            outcome.properties.push(index);
        }
        return Ok(outcome);
    }
    match annotations(&cel.annotations, scope)? {
        Ok(properties) => {
            let mut outcome = RuleOutcome::new("", RuleType::Validation, Status::Pass, "success");
            outcome.properties = properties;
            Ok(outcome)
        }
        Err(text) => said("evaluation", Status::Error, not_loaded(&text)),
    }
}

fn not_loaded(text: &str) -> String {
    format!("failed to load context: {text}")
}

pub(super) fn words(failure: &Failure<'_>) -> String {
    match failure {
        Failure::Unusable(unusable) => unusable.to_string(),
        Failure::Failed(fault) => fault.to_string(),
        Failure::OutOfBudget => OUT_OF_BUDGET.to_owned(),
    }
}

/// Do all hold? One that is false settles it.
pub(super) fn conditions<'v>(
    conditions: &'v [Named],
    scope: &'v Scope<'v>,
) -> Result<Result<bool, String>, Fault> {
    let mut errors = Vec::new();
    for condition in conditions {
        match scope.value("condition", &condition.expression)? {
            Ok(value) if value.as_bool() == Some(true) => {}
            Ok(_) => return Ok(Ok(false)),
            Err(failure) => errors.push(words(&failure)),
        }
    }
    Ok(match errors.as_slice() {
        [] => Ok(true),
        errors => Err(errors.join("; ")),
    })
}

fn message<'v>(index: usize, check: &'v CelCheck, scope: &'v Scope<'v>) -> Result<String, Fault> {
    let text = match &check.message_expression {
        None => check.message.clone(),
        Some(expression) => match scope.value("message", expression)? {
            Ok(Val::Str(text)) => text.to_owned(),
            Ok(other) => format!(
                "failed to convert message expression to string: type conversion error from '{}' to 'string'",
                other.type_name()
            ),
            Err(failure) => format!("failed to evaluate message expression: {}", words(&failure)),
        },
    };
    Ok(if text.is_empty() {
        format!("CEL expression validation failed at index {index}")
    } else {
        text
    })
}

/// The properties, or the text of the first annotation that has no value.
pub(super) fn annotations<'v>(
    annotations: &'v [Named],
    scope: &'v Scope<'v>,
) -> Result<Result<Vec<(String, String)>, String>, Fault> {
    let mut properties = Vec::new();
    for annotation in annotations {
        let name = &annotation.name;
        match scope.value("annotation", &annotation.expression)? {
            Ok(Val::Str("")) => {}
            Ok(Val::Str(text)) => properties.push((name.clone(), text.to_owned())),
            Ok(other) => {
                return Ok(Err(format!(
                    "failed to convert auditAnnotation '{name}' expression: type conversion error from '{}' to 'string'",
                    other.type_name()
                )));
            }
            Err(failure) => {
                let words = words(&failure);
                return Ok(Err(format!(
                    "failed to evaluate auditAnnotation '{name}' expression: {words}"
                )));
            }
        }
    }
    Ok(Ok(properties))
}

/// Everything that expressions see but `variables` and `exceptions`.
pub(super) fn values<'v>(
    mode: Mode,
    review: &Review<'v>,
    asks_namespace: bool,
    setting: &Setting<'v>,
) -> Result<Vec<(Place, Val<'v>)>, Fault> {
    if mode != Mode::Kubernetes {
        let none = [Place::OldObject, Place::Request, Place::Namespace];
        let object = (Place::Object, Val::from(review.resource()));
        let none = none.into_iter().map(|place| (place, Val::Null));
        return Ok(none.chain([object]).collect());
    }
    let mut values = Vec::from(request::values(review, setting.bump));
    let namespace = match asks_namespace {
        true => namespace::stated(review, setting)?,
        false => Val::Null,
    };
    values.push((Place::Namespace, namespace));
    // The reference's scans and command line hand over an empty object, not null.
    if !review.admission && review.old_object.is_none() {
        values.push((Place::OldObject, Val::from(Value::Map(Map::EMPTY))));
    }
    Ok(values)
}

/// What the expressions of every policy see that asks nothing of the namespace and is not let off, but
/// for its `variables`; and who is asked whether the time is over.
pub(crate) fn bundle_inputs<'v>(
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> ([Option<Val<'v>>; VALUES], &'v dyn Outside) {
    let bump = setting.bump;
    let mut values = [None; VALUES];
    let stated = request::values(review, bump).into_iter();
    let none = [
        (Place::Namespace, Val::Null),
        (Place::Extra, Applying::default().value(bump)),
    ];
    for (place, value) in stated.chain(none) {
        if let Some(slot) = values.get_mut(place as usize) {
            *slot = Some(value);
        }
    }
    let known = Known::new(setting.facts, setting.inputs, "");
    (values, bump.alloc(known))
}

/// A scope of these values, and of the lists of exceptions that let off a part.
pub(super) fn scope<'v>(
    id: &'v PolicyId,
    values: &[(Place, Val<'v>)],
    exceptions: &Applying<'v>,
    variables: &'v [Named],
    setting: &Setting<'v>,
) -> &'v Scope<'v> {
    let bump = setting.bump;
    let known = Known::new(setting.facts, setting.inputs, &id.namespace);
    let extra = (Place::Extra, exceptions.value(bump));
    let costs = match id.kind {
        PolicyKind::GeneratingPolicy
        | PolicyKind::NamespacedGeneratingPolicy
        | PolicyKind::DeletingPolicy
        | PolicyKind::NamespacedDeletingPolicy => Costs::ANY,
        _ => Costs::EACH,
    };
    let values = values.iter().copied().chain([extra]);
    let scope = Scope::new(bump, known, values, variables, Style::Kyverno, costs);
    scope.noting(setting.trace)
}
