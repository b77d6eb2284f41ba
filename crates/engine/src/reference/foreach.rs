//! `foreach`: a validation held against every element of a list.

use portcullis_lang::value::{Value, to_json};

use super::conditions;
use super::validate::{Said, Validator};
use crate::context::{Context, QueryFault};
use crate::doc::Foreach;
use crate::facts::Fault;
use crate::outcome::Status;

/// Runs every entry; `None` where no element was checked at all.
pub(super) fn run<'v>(
    outer: &Validator<'_, 'v>,
    entries: &'v [Foreach],
    context: &mut Context<'v>,
) -> Result<Option<Said>, Fault> {
    let mut applied = 0;
    let mut list_error = None;
    for entry in entries {
        let before = context.at_text(&entry.list);
        let list = context.query(&entry.list);
        context.back_to(before);
        let list = match list {
            Ok(list) => list,
            Err(QueryFault::NotFound(_)) => continue,
            Err(QueryFault::Fault(Fault::Error(text))) => {
                list_error = Some(text);
                continue;
            }
            Err(QueryFault::Fault(fault)) => return Err(fault),
        };
        let single = [list];
        let elements: &mut dyn Iterator<Item = Value<'v>> = match list {
            Value::List(list) => &mut list.iter(),
            _ => &mut single.into_iter(),
        };
        for (index, element) in elements
            .enumerate()
            .filter(|(_, element)| !element.is_null())
        {
            if context.setting().inputs.is_over() {
                return Err(Fault::Stopped);
            }
            if entry.element_scope == Some(true) && element.as_map().is_none() {
                return Ok(Some(Said::new(Status::Error, no_map(element))));
            }
            let start = context.checkpoint();
            context.set_element(outer.depth, index, element);
            if let Some(trace) = context.trace() {
                let text = format!("{index} of `{}`: {}", entry.list, to_json(element));
                trace.note("element", entry.at, None, text);
                trace.enter();
            }
            let said = check(outer, entry, element, context);
            if let Some(trace) = context.trace() {
                trace.leave();
            }
            context.restore(start);
            match said? {
                None => {}
                Some(said) => match said.status {
                    Status::Pass => applied += 1,
                    Status::Skip => {}
                    Status::Error if said.message.contains("failed to evaluate preconditions") => {}
                    status => {
                        return Ok(Some(Said::new(
                            status,
                            format!("validation failure: {}", said.message),
                        )));
                    }
                },
            }
        }
    }
    match list_error {
        _ if applied > 0 => Ok(Some(Said::new(Status::Pass, "rule passed"))),
        Some(text) => Ok(Some(Said::new(
            Status::Error,
            format!("failed to evaluate list: {text}"),
        ))),
        None => Ok(None),
    }
}

fn no_map(element: Value<'_>) -> String {
    format!(
        "failed to process foreach: cannot use elementScope=true foreach rules for elements that are not maps, \
         expected type=map got type={}",
        element.go_type()
    )
}

/// One element: its context, its preconditions, its body.
fn check<'v>(
    outer: &Validator<'_, 'v>,
    entry: &'v Foreach,
    element: Value<'v>,
    context: &mut Context<'v>,
) -> Result<Option<Said>, Fault> {
    let scoped = entry.element_scope.unwrap_or(element.as_map().is_some());
    match context.register(&entry.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => {
            return Ok(Some(Said::new(
                Status::Error,
                format!("failed to load context: {text}"),
            )));
        }
        Err(fault) => return Err(fault),
    }
    if let Some(preconditions) = &entry.preconditions {
        match conditions::noted("preconditions", preconditions.item(), context) {
            Ok(held) if held.holds => {}
            Ok(_) => return Ok(Some(Said::new(Status::Skip, "preconditions not met"))),
            Err(Fault::Error(text)) => {
                let message = format!("failed to evaluate preconditions: {text}");
                return Ok(Some(Said::new(Status::Error, message)));
            }
            Err(fault) => return Err(fault),
        }
    }
    let inner = Validator {
        rule: outer.rule,
        validate: outer.validate,
        resource: if scoped { element } else { outer.resource },
        review: outer.review,
        exceptions: outer.exceptions,
        depth: outer.depth + 1,
    };
    inner.run(&entry.validation, context)
}
