//! Rules with `targets`: they change existing resources, and the request only triggers them.

use portcullis_lang::value::{Document, Value};

use super::Step;
use super::apply::{self, Change};
use crate::context::Context;
use crate::doc::Target;
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, Status};
use crate::reference::conditions;
use crate::reference::wanted::Wanted;

/// The resources that a target names. `namespace`: of the policy; empty for a cluster-wide one.
///
/// # Errors
///
/// Where a variable has no value.
pub fn wanted<'v>(
    target: &'v Target,
    namespace: &str,
    context: &mut Context<'v>,
) -> Result<Wanted, Fault> {
    let mut field = |name: &str, key: &str| -> Result<String, Fault> {
        let written = target.document.root().text(key);
        match context.substitute(Value::Str(written)) {
            Ok(value) => Ok(value.as_str().unwrap_or_default().to_owned()),
            Err(Fault::Error(text)) => Err(Fault::Error(format!(
                "failed to substitute variables in target.{name} {written}: {text}"
            ))),
            Err(fault) => Err(fault),
        }
    };
    let api_version = field("APIVersion", "apiVersion")?;
    let kind = field("Kind", "kind")?;
    let stated = field("Namespace", "namespace")?;
    let name = field("Name", "name")?;
    Ok(Wanted {
        api_version,
        kind,
        // A policy of one namespace reaches no further.
        namespace: if namespace.is_empty() {
            stated
        } else {
            namespace.to_owned()
        },
        name,
        selector: target.selector.clone(),
    })
}

/// Changes every one of `candidates` that the rule names: an outcome for each.
pub(super) fn run<'v>(
    step: &Step<'_, 'v>,
    candidates: &'v [Value<'v>],
    context: &mut Context<'v>,
) -> Result<Vec<RuleOutcome>, Fault> {
    let id = step.policy.id();
    let namespace = match id.kind.is_namespaced() {
        true => id.namespace.as_str(),
        false => "",
    };
    let mut outcomes = Vec::new();
    for target in &step.body.targets {
        let wanted = match wanted(target, namespace, context) {
            Ok(wanted) => wanted,
            Err(Fault::Error(text)) => {
                outcomes.push(step.outcome(Status::Error, text));
                continue;
            }
            Err(fault) => return Err(fault),
        };
        for object in candidates.iter().filter(|object| wanted.fits(**object)) {
            let start = context.checkpoint();
            let outcome = one(step, target, *object, context);
            context.restore(start);
            outcomes.push(outcome?);
        }
    }
    Ok(outcomes)
}

/// One target: its context, its preconditions, the rule's patch.
fn one<'v>(
    step: &Step<'_, 'v>,
    target: &'v Target,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<RuleOutcome, Fault> {
    context.set_target(object);
    match context.register(&target.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            let message = format!("failed to load context: {text}");
            return Ok(step.outcome(Status::Error, message));
        }
        Err(fault) => return Err(fault),
    }
    if let Some(preconditions) = &target.preconditions {
        match conditions::noted("preconditions", preconditions.item(), context) {
            Ok(held) if held.holds => {}
            Ok(held) => {
                let message = match held.messages.as_str() {
                    "" => "preconditions not met".to_owned(),
                    messages => format!("preconditions not met; {messages}"),
                };
                return Ok(step.outcome(Status::Skip, message));
            }
            Err(Fault::Error(text)) => {
                let message = format!("failed to evaluate preconditions: {text}");
                return Ok(step.outcome(Status::Error, message));
            }
            Err(fault) => return Err(fault),
        }
    }
    let said = apply::rule(step.rule, step.body, object, context)?;
    let mut outcome = step.outcome(said.status, said.message);
    outcome.patched_target = match said.change {
        Change::Object(object) => Some(Document::from_value(object)),
        Change::None => Some(Document::from_value(object)),
        Change::Void => None,
    };
    Ok(outcome)
}
