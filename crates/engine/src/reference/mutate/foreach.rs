//! `mutate.foreach`: one patch for each element of a list, each on what the one before left.

use portcullis_lang::value::{Value, to_json};

use super::apply::{self, Change, Said};
use crate::context::Context;
use crate::doc::{MutateForeach, Order, Patch};
use crate::facts::Fault;
use crate::outcome::Status;
use crate::reference::conditions;

/// Runs every entry on `object`. `depth`: how many loops this is inside of.
pub(super) fn run<'v>(
    entries: &'v [MutateForeach],
    depth: usize,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<Said<'v>, Fault> {
    let mut current = object;
    let mut applied = false;
    for entry in entries {
        let list = match context.query(&entry.list) {
            Ok(list) => list,
            Err(fault) => match Fault::from(fault) {
                Fault::Error(text) => {
                    let list = &entry.list;
                    let message = format!("failed to evaluate list {list}: {text}: {text}");
                    return Ok(Said::error(message));
                }
                fault => return Err(fault),
            },
        };
        let start = context.checkpoint();
        let said = elements(entry, list, depth, current, context);
        context.restore(start);
        let said = said?;
        match said.change {
            Change::Void => {
                let message = format!("failed to mutate elements: {}", said.message);
                return Ok(Said::error(message));
            }
            Change::Object(object) => {
                applied = true;
                current = object;
                // The next entry sees it where its variables look for it.
                match context.root().get("target") {
                    Some(_) => context.set_target(current),
                    None => context.replace_object(current),
                }
            }
            Change::None => {}
        }
    }
    Ok(if applied {
        Said::mutated(current)
    } else {
        Said::skip("0 elements processed")
    })
}

fn elements<'v>(
    entry: &'v MutateForeach,
    list: Value<'v>,
    depth: usize,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<Said<'v>, Fault> {
    let mut elements: Vec<(usize, Value<'v>)> = match list {
        Value::List(items) => items.iter().enumerate().collect(),
        other => vec![(0, other)],
    };
    if entry.order() == Order::Descending {
        elements.reverse();
    }
    let mut current = object;
    let mut change = Change::None;
    for (index, element) in elements {
        if element.is_null() {
            continue;
        }
        if context.setting().inputs.is_over() {
            return Err(Fault::Stopped);
        }
        let start = context.checkpoint();
        context.set_element(depth, index, element);
        if let Some(trace) = context.trace() {
            let text = format!("{index} of `{}`: {}", entry.list, to_json(element));
            trace.note("element", entry.document.item().span(), None, text);
            trace.enter();
        }
        let said = one(entry, index, depth, current, context);
        if let Some(trace) = context.trace() {
            trace.leave();
        }
        context.restore(start);
        let said = said?;
        match said.change {
            Change::Void => return Ok(said),
            Change::Object(object) => {
                current = object;
                change = said.change;
            }
            Change::None => {}
        }
    }
    // Elements may have undone what others did.
    if current == object {
        change = Change::None;
    }
    Ok(Said {
        status: Status::Pass,
        message: String::new(),
        change,
    })
}

/// One element: its context, its preconditions, its patch.
fn one<'v>(
    entry: &'v MutateForeach,
    index: usize,
    depth: usize,
    object: Value<'v>,
    context: &mut Context<'v>,
) -> Result<Said<'v>, Fault> {
    let failed = |what: &str, text: &str| {
        Ok(Said::error(format!(
            "failed to {what} mutate.foreach[{index}].{text}"
        )))
    };
    match context.register(&entry.context) {
        Ok(()) => {}
        Err(Fault::Error(text)) => return failed("load to", &format!("context: {text}")),
        Err(fault) => return Err(fault),
    }
    if let Some(preconditions) = &entry.preconditions {
        match conditions::noted("preconditions", preconditions.item(), context) {
            Ok(held) if held.holds => {}
            Ok(_) => return Ok(Said::skip("preconditions not met")),
            Err(Fault::Error(text)) => {
                return failed("evaluate", &format!("preconditions: {text}"));
            }
            Err(fault) => return Err(fault),
        }
    }
    if let Patch::Foreach(entries) = &entry.patch {
        return run(entries, depth + 1, object, context);
    }
    match context.substitute(entry.document.root()) {
        Ok(document) => Ok(apply::patched(&entry.patch, document, object, context)),
        Err(Fault::Error(text)) => Ok(Said::error(format!("variable substitution failed: {text}"))),
        Err(fault) => Err(fault),
    }
}
