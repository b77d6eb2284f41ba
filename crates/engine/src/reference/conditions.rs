//! Condition blocks: `any`, `all`, and the old flat list.
//!
//! Comes in:  a block as written, and the variables.
//! Goes out:  whether it holds, and the messages of the conditions that made it so.
//! Never here: what single operators mean (see `lang::operator`).

use portcullis_lang::operator::{self, Operator};
use portcullis_lang::value::{Item, to_json};

use crate::context::Context;
use crate::facts::Fault;

/// What a block came to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct Held {
    /// Does the block hold?
    pub(super) holds: bool,
    /// The messages, as written, of the conditions that decided it, joined.
    pub(super) messages: String,
}

impl Held {
    /// What a block without any condition comes to.
    pub(super) fn always() -> Held {
        Held {
            holds: true,
            messages: String::new(),
        }
    }
}

/// Evaluates a block: (no `any`, or one of them true) and all of `all` true. A block without either
/// holds; an empty `any` does not.
///
/// # Errors
///
/// Where a key or value cannot be resolved: [`Fault::Error`] without the caller's prefix.
pub(super) fn evaluate<'v>(block: Item<'v>, context: &mut Context<'v>) -> Result<Held, Fault> {
    if block.value().as_list().is_some() {
        let mut tally = Tally::default();
        let holds = all(block.elements(), context, &mut tally)?;
        return Ok(tally.settle(holds, ";"));
    }
    let list = |key: &str| {
        block
            .get(key)
            .filter(|list| list.value().as_list().is_some())
    };
    let mut tally = Tally::default();
    let mut holds = true;
    if let Some(conditions) = list("any") {
        holds = false;
        for condition in conditions.elements() {
            if tally.test(condition, context)? {
                holds = true;
                break;
            }
        }
    }
    if let Some(conditions) = list("all") {
        holds = all(conditions.elements(), context, &mut tally)? && holds;
    }
    Ok(tally.settle(holds, "; "))
}

/// [`evaluate`], and a note of what the block is and how it came out.
pub(super) fn noted<'v>(
    what: &'static str,
    block: Item<'v>,
    context: &mut Context<'v>,
) -> Result<Held, Fault> {
    let Some(trace) = context.trace() else {
        return evaluate(block, context);
    };
    trace.enter();
    let held = evaluate(block, context);
    trace.leave();
    let (holds, text) = match &held {
        Ok(held) => (Some(held.holds), held.messages.clone()),
        Err(fault) => (None, fault.to_string()),
    };
    trace.note(what, block.span(), holds, text);
    held
}

fn all<'v>(
    conditions: impl Iterator<Item = Item<'v>>,
    context: &mut Context<'v>,
    tally: &mut Tally<'v>,
) -> Result<bool, Fault> {
    for condition in conditions {
        if !tally.test(condition, context)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The messages of the conditions looked at so far, apart by how they came out.
#[derive(Default)]
struct Tally<'v> {
    of_true: Vec<&'v str>,
    of_false: Vec<&'v str>,
}

impl<'v> Tally<'v> {
    fn test(&mut self, condition: Item<'v>, context: &mut Context<'v>) -> Result<bool, Fault> {
        let holds = holds(condition, context)?;
        let message = condition.value().text("message");
        if !message.is_empty() {
            if holds {
                self.of_true.push(message)
            } else {
                self.of_false.push(message)
            }
        }
        Ok(holds)
    }

    fn settle(self, holds: bool, separator: &str) -> Held {
        let messages = if holds { self.of_true } else { self.of_false };
        Held {
            holds,
            messages: messages.join(separator),
        }
    }
}

/// One condition: its key and value filled in, then compared.
fn holds<'v>(condition: Item<'v>, context: &mut Context<'v>) -> Result<bool, Fault> {
    let before = context.at(condition.span());
    let held = compared(condition, context);
    context.back_to(before);
    held
}

fn compared<'v>(condition: Item<'v>, context: &mut Context<'v>) -> Result<bool, Fault> {
    let written = condition.value();
    let mut side = |name: &str| {
        let side = operator::written(written.get(name).unwrap_or_default());
        context.substitute(side).map_err(|fault| {
            fault.within(&format!(
                "failed to substitute variables in condition {name}: "
            ))
        })
    };
    let key = side("key")?;
    let value = side("value")?;
    let name = written.text("operator");
    let holds = Operator::parse_lenient(name)
        .is_some_and(|operator| operator::evaluate(operator, key, value));
    if let Some(trace) = context.trace() {
        let text = format!("{} {name} {}", to_json(key), to_json(value));
        trace.note("condition", condition.span(), Some(holds), text);
    }
    Ok(holds)
}
