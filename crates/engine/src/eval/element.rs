//! Loops: every element of every list.

use portcullis_lang::jmespath::{Env, Fault};
use portcullis_lang::value::Value;

use super::condition::{self, Trouble};
use super::part::{any_of, said};
use super::walk::walk;
use super::{STEPS, Said, Subject};
use crate::context::with_element;
use crate::ir::found::FAILS;
use crate::ir::{ElementCheck, Foreach};

/// What a rule with these entries says. What is on the stack stays there.
pub(super) fn foreach<'v>(
    entries: &'v [Foreach],
    subject: &Subject<'v>,
    stack: &mut Vec<u8>,
) -> Said {
    let root = Value::Map(subject.variables);
    let env = Env::with_steps(subject.bump, subject.inputs, STEPS);
    let (mut applied, mut refused) = (false, false);
    for entry in entries {
        let list = match entry.list.query(false).find(root, &env) {
            Ok(list) => list,
            Err(Fault::NotFound(_)) => continue,
            Err(Fault::Invalid(_)) => {
                refused = true;
                continue;
            }
            Err(_) => return Said::Other,
        };
        let single = [list];
        let elements: &mut dyn Iterator<Item = Value<'v>> = match list {
            Value::List(list) => &mut list.iter(),
            _ => &mut single.into_iter(),
        };
        for (index, element) in elements.enumerate() {
            if element.is_null() {
                continue;
            }
            match check(entry, index, element, subject, &env, stack) {
                Said::Pass => applied = true,
                Said::Silent | Said::Skip => {}
                Said::Other => return Said::Other,
            }
        }
    }
    match (applied, refused) {
        (true, _) => Said::Pass,
        (false, true) => Said::Other,
        (false, false) => Said::Silent,
    }
}

fn check<'v>(
    entry: &'v Foreach,
    index: usize,
    element: Value<'v>,
    subject: &Subject<'v>,
    env: &Env<'v>,
    stack: &mut Vec<u8>,
) -> Said {
    let is_map = element.as_map().is_some();
    if entry.element_scope == Some(true) && !is_map {
        return Said::Other;
    }
    let deletes = subject.deletes;
    let root = with_element(subject.bump, subject.variables, index, element);
    let root = Value::Map(root);
    if let Some(preconditions) = &entry.preconditions {
        match condition::conditions(preconditions, deletes, root, env) {
            Ok(true) => {}
            // Of an element, neither is more than a skip.
            Ok(false) | Err(Trouble::Refused) => return Said::Skip,
            Err(Trouble::Unsure) => return Said::Other,
        }
    }
    match &entry.check {
        ElementCheck::Silent => Said::Silent,
        ElementCheck::Deny(conditions) => {
            match condition::conditions(conditions, deletes, root, env) {
                Ok(false) => Said::Pass,
                _ => Said::Other,
            }
        }
        ElementCheck::Patterns { .. } if deletes => Said::Silent,
        ElementCheck::Patterns { trie, any } => {
            let scoped = entry.element_scope.unwrap_or(is_map);
            let value = if scoped { element } else { subject.resource };
            let at = stack.len();
            let sure = walk(trie, value, stack);
            let mut results = trie.roots.iter().map(|test| {
                let result = stack.get(at + *test as usize).copied();
                result.filter(|_| sure).unwrap_or(FAILS)
            });
            let said = match any {
                true => any_of(results),
                false => said(results.next().unwrap_or(FAILS)),
            };
            stack.truncate(at);
            said
        }
    }
}
