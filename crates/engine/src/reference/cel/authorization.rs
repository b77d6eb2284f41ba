//! A ValidatingPolicy that answers a request to a server: may it pass?

use portcullis_lang::cel::envoy::check_request;
use portcullis_lang::cel::val::Val;

use super::exceptions::Applying;
use super::kyverno::{conditions, scope, words};
use crate::context::Setting;
use crate::doc::cel::{KyvernoCel, Place};
use crate::doc::{FailurePolicy, Mode, ValidatingPolicy};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// Pass where the request may pass, fail where it may not, skip where the policy says nothing.
///
/// The rule goes by the policy's name.
///
/// # Errors
///
/// A missing fact. Whatever is wrong with the policy or the request is an outcome.
pub(in crate::reference) fn decision<'v>(
    policy: &'v ValidatingPolicy,
    cel: &'v KyvernoCel,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<RuleOutcome, Fault> {
    let name = &policy.id.name;
    let said = |status, message: String| {
        Ok(RuleOutcome::new(
            name,
            RuleType::Validation,
            status,
            message,
        ))
    };
    let nothing = || said(Status::Skip, "skip".to_owned());
    let failed = |text: &str| said(Status::Error, format!("failed to evaluate policy: {text}"));
    let object = match policy.mode {
        Mode::Envoy => check_request(review.resource(), setting.bump),
        _ => Val::from(review.resource()),
    };
    let none = [Place::OldObject, Place::Request, Place::Namespace];
    let none = none.into_iter().map(|place| (place, Val::Null));
    let values: Vec<_> = none.chain([(Place::Object, object)]).collect();
    let excused = Applying::default();
    let scope = scope(&policy.id, &values, &excused, &cel.variables, setting);
    match conditions(&cel.conditions, scope)? {
        Ok(true) => {}
        Ok(false) => return nothing(),
        Err(_) if policy.failure_policy == FailurePolicy::Ignore => return nothing(),
        Err(text) => return failed(&text),
    }
    for check in &cel.checks {
        match scope.value("validation", &check.expression)? {
            Ok(answer) => {
                if let Some((status, message)) = read(answer) {
                    return said(status, message);
                }
            }
            Err(failure) => return failed(&words(&failure)),
        }
    }
    nothing()
}

/// What an answer says; `None` where it is none.
fn read(answer: Val<'_>) -> Option<(Status, String)> {
    let Val::Struct(answer) = answer else {
        return None;
    };
    let part = |name| match answer.field(name) {
        Some(Val::Struct(part)) => Some(part),
        _ => None,
    };
    if let Some(denied) = part("denied_response") {
        let code = match denied.field("status") {
            Some(Val::Struct(status)) => status.field("code").unwrap_or(Val::Int(0)),
            _ => Val::Int(0),
        };
        let message = format!("request denied with status code {code}");
        return Some((Status::Fail, message));
    }
    if let Some(denied) = part("denied") {
        let reason = denied.field("reason").unwrap_or(Val::Str(""));
        return Some((Status::Fail, format!("request denied: {reason}")));
    }
    Some((Status::Pass, "request allowed".to_owned()))
}
