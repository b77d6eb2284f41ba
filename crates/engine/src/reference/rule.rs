//! One rule on one review, from match to outcome.

use portcullis_lang::value::{Item, Value};

use super::matching::{self, Target};
use super::validate::{Said, Validator};
use super::{Surroundings, conditions, exceptions, verify_images};
use crate::context::Context;
use crate::doc::{Action, Body, Exception, Filters, Policy, Rule, Validate, Validation};
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::{Operation, ResourceKind, Review, UserInfo};
use crate::trace::Trace;

/// Evaluates a rule that says yes or no; `None` where it says nothing about this review.
///
/// # Errors
///
/// What keeps the rule from being decided now: a missing fact, or the end of the time.
pub(super) fn evaluate<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    review: &Review<'v>,
    target: &Target<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Option<RuleOutcome>, Fault> {
    if !matches(rule, target, context) {
        return Ok(None);
    }
    let start = context.checkpoint();
    let said = matched(policy, rule, review, surroundings, context);
    context.restore(start);
    note_outcome(rule, said.as_ref().ok().map(Option::as_ref), context);
    said
}

/// Is the rule about the review that `target` is of?
pub(super) fn matches(rule: &Rule, target: &Target<'_>, context: &Context<'_>) -> bool {
    if let Some(trace) = context.trace() {
        note_matching(trace, rule, target);
    }
    matching::applies(rule, target)
}

/// Notes what a rule said; `None` where it could not be decided.
pub(super) fn note_outcome(rule: &Rule, said: Option<Option<&RuleOutcome>>, context: &Context<'_>) {
    if let (Some(trace), Some(said)) = (context.trace(), said) {
        let text = match said {
            Some(outcome) => format!("{}: {}", outcome.status.as_str(), outcome.message),
            None => "the rule says nothing".to_owned(),
        };
        trace.note("outcome", rule.document.item().span(), None, text);
    }
}

fn note_matching(trace: &Trace, rule: &Rule, target: &Target<'_>) {
    let written = rule.document.item();
    let place = |key: &str| written.get(key).map(Item::span).unwrap_or_default();
    trace.begin(&rule.name, written);
    let holds = matching::matches(&rule.matches, target);
    matching::note(trace, "match", &rule.matches, place("match"), holds, target);
    if rule.excludes != Filters::default() {
        let holds = matching::excludes(&rule.excludes, target);
        matching::note(
            trace,
            "exclude",
            &rule.excludes,
            place("exclude"),
            holds,
            target,
        );
    }
}

fn matched<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Option<RuleOutcome>, Fault> {
    let validate = match &rule.body {
        Body::Validate(validate) => validate,
        Body::VerifyImages(images) => {
            return verify_images::check(policy, rule, images, review, surroundings, context);
        }
        Body::Mutate(_) | Body::Generate(_) | Body::None => return Ok(None),
    };
    let Opened {
        exceptions,
        properties,
    } = match open(
        policy,
        rule,
        RuleType::Validation,
        review,
        surroundings,
        context,
    )? {
        Ok(opened) => opened,
        Err(outcome) => return Ok(Some(outcome)),
    };
    let Some(mut said) = validated(rule, validate, review, &exceptions, context)? else {
        return Ok(None);
    };
    if said.status == Status::Fail && keeps_existing_violations(policy, validate, review) {
        said = forgiven(rule, validate, review, &exceptions, context, said)?;
    }
    let mut outcome = RuleOutcome::new(&rule.name, RuleType::Validation, said.status, said.message);
    outcome.properties = said.properties;
    outcome.properties.extend(properties);
    if outcome.status == Status::Skip && matches!(validate.validation, Validation::PodSecurity(_)) {
        // Only exceptions make a check of pod security skip.
        outcome.exceptions = exceptions.iter().map(|exception| exception.key()).collect();
    }
    Ok(Some(outcome))
}

/// What a rule brings to its body.
pub(super) struct Opened<'v> {
    /// Exceptions that only name pod security controls.
    pub(super) exceptions: Vec<&'v Exception>,
    /// `reportProperties`.
    pub(super) properties: Vec<(String, String)>,
}

/// Everything of a matching rule that comes before its body: context, preconditions, exceptions.
/// `Err` is the outcome of a rule that does not get there.
pub(super) fn open<'v>(
    policy: &'v Policy,
    rule: &'v Rule,
    kind: RuleType,
    review: &Review<'v>,
    surroundings: &Surroundings<'v>,
    context: &mut Context<'v>,
) -> Result<Result<Opened<'v>, RuleOutcome>, Fault> {
    if let Some(extractors) = &rule.image_extractors {
        context.set_image_extractors(Some(extractors.root()));
    }
    for (key, value) in (surroundings.rule_values)(&rule.name) {
        context.provide(key, value);
    }
    let settled =
        |status, message: String| Ok(Err(RuleOutcome::new(&rule.name, kind, status, message)));
    match context.register(&rule.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            return settled(Status::Error, format!("failed to load context: {text}"));
        }
        Err(fault) => return Err(fault),
    }
    match preconditions(rule, context)? {
        Ok(()) => {}
        Err((status, message)) => return settled(status, message),
    }
    let properties = report_properties(rule, context)?;
    let exceptions = exceptions::applying(policy, rule, review, surroundings, context)?;
    Ok(match let_off(rule, kind, &exceptions) {
        Some(skipped) => Err(skipped),
        None => Ok(Opened {
            exceptions,
            properties,
        }),
    })
}

/// The skip that exceptions make of the rule; those that only name pod security controls are the
/// check's own business.
pub(super) fn let_off(
    rule: &Rule,
    kind: RuleType,
    exceptions: &[&Exception],
) -> Option<RuleOutcome> {
    let is_pod_security = match &rule.body {
        Body::Validate(validate) => matches!(validate.validation, Validation::PodSecurity(_)),
        _ => false,
    };
    let whole = exceptions
        .iter()
        .any(|exception| exception.pod_security.is_empty());
    if exceptions.is_empty() || (is_pod_security && !whole) {
        return None;
    }
    let keys: Vec<String> = exceptions.iter().map(|exception| exception.key()).collect();
    let message = match keys.first() {
        Some(first) if is_pod_security => {
            format!("rule is skipped due to policy exception {first}")
        }
        _ => format!(
            "rule is skipped due to policy exceptions{}",
            keys.join(", ")
        ),
    };
    let mut outcome = RuleOutcome::new(&rule.name, kind, Status::Skip, message);
    outcome.exceptions = keys;
    Some(outcome)
}

fn validated<'v>(
    rule: &'v Rule,
    validate: &'v Validate,
    review: &Review<'v>,
    exceptions: &[&'v Exception],
    context: &mut Context<'v>,
) -> Result<Option<Said>, Fault> {
    let validator = Validator {
        rule: &rule.name,
        validate,
        resource: review.resource(),
        review,
        exceptions,
        depth: 0,
    };
    validator.run(&validate.validation, context)
}

/// `Err` is the outcome of a rule that does not get to its body.
fn preconditions<'v>(
    rule: &'v Rule,
    context: &mut Context<'v>,
) -> Result<Result<(), (Status, String)>, Fault> {
    let Some(block) = &rule.preconditions else {
        return Ok(Ok(()));
    };
    match conditions::noted("preconditions", block.item(), context) {
        Ok(held) if held.holds => Ok(Ok(())),
        Ok(held) if held.messages.is_empty() => {
            Ok(Err((Status::Skip, "preconditions not met".to_owned())))
        }
        Ok(held) => Ok(Err((
            Status::Skip,
            format!("preconditions not met; {}", held.messages),
        ))),
        Err(Fault::Error(text)) => Ok(Err((
            Status::Error,
            format!("failed to evaluate preconditions: {text}"),
        ))),
        Err(fault) => Err(fault),
    }
}

/// `reportProperties` with its variables filled in; one that cannot be is left out.
fn report_properties<'v>(
    rule: &'v Rule,
    context: &mut Context<'v>,
) -> Result<Vec<(String, String)>, Fault> {
    let Some(written) = &rule.report_properties else {
        return Ok(Vec::new());
    };
    let mut properties = Vec::new();
    for (key, value) in written.root().as_map().into_iter().flatten() {
        match context.substitute(value) {
            Ok(Value::Str(text)) => properties.push((key.to_owned(), text.to_owned())),
            Ok(_) | Err(Fault::Error(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(properties)
}

/// Is this an update under an enforcing rule that lets old violations be?
fn keeps_existing_violations(policy: &Policy, validate: &Validate, review: &Review<'_>) -> bool {
    validate.allow_existing_violations
        && validate.action.unwrap_or(policy.settings().action) == Action::Enforce
        && review.object.is_some()
        && review.old_object.is_some()
}

/// A failure that the object had before the update is skipped, not held against the update.
fn forgiven<'v>(
    rule: &'v Rule,
    validate: &'v Validate,
    review: &Review<'v>,
    exceptions: &[&'v Exception],
    context: &mut Context<'v>,
    said: Said,
) -> Result<Said, Fault> {
    let Some(old) = review.old_object else {
        return Ok(said);
    };
    let before = Review {
        operation: Operation::Create,
        object: Some(old),
        old_object: None,
        user: UserInfo::default(),
        // By itself an object is no part of another one: the `Scale` that was, say, is matched by no
        // rule about `Deployment/scale`.
        kind: ResourceKind::of(old),
        ..*review
    };
    if !matching::applies(rule, &Target::of(&before)) {
        return Ok(said);
    }
    let start = context.checkpoint();
    context.pretend_created(old);
    let earlier = match preconditions(rule, context) {
        Ok(Ok(())) => validated(rule, validate, &before, exceptions, context),
        Ok(Err(_)) => Ok(None),
        Err(fault) => Err(fault),
    };
    context.restore(start);
    Ok(match earlier? {
        Some(earlier) if earlier.status == Status::Fail => Said::new(
            Status::Skip,
            "skipping the rule evaluation as pre-existing violations are allowed",
        ),
        _ => said,
    })
}
