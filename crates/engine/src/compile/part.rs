//! Bodies to a part: strict patterns, one trie, one table of expressions, one of conditions.

use std::collections::HashMap;
use std::sync::Arc;

use crate::ir::{
    Ask, Asking, Block, Check, Class, Conditions, Key, Part, Pattern, Root, RuleBody, RuleCheck,
    Side, Strict, Trie, is_strict,
};

/// Builds a part of these bodies, which are distinct.
pub(super) fn part(bodies: &[&Arc<RuleBody>]) -> Part {
    let mut tables = Tables::default();
    let mut patterns: Vec<&Pattern> = Vec::new();
    let mut strict: Vec<&Pattern> = Vec::new();
    let (mut plain, mut others) = (Vec::new(), Vec::new());
    let mut classes = Vec::with_capacity(bodies.len());
    for (index, body) in (0..).zip(bodies) {
        let mut root = |pattern| {
            let (of, root): (_, fn(u32) -> Root) = match is_strict(pattern) {
                true => (&mut strict, Root::Strict),
                false => (&mut patterns, Root::Trie),
            };
            of.push(pattern);
            root(of.len() as u32 - 1)
        };
        let check = match &body.check {
            RuleCheck::Silent => Check::Silent,
            RuleCheck::Opaque(_) => Check::Opaque,
            RuleCheck::PodSecurity(_) => Check::PodSecurity,
            RuleCheck::Cel(_) => Check::Cel,
            RuleCheck::Pattern(pattern) => Check::Pattern(root(pattern)),
            RuleCheck::AnyPattern(patterns) => {
                Check::AnyPattern(patterns.iter().map(root).collect())
            }
            RuleCheck::Deny(conditions) => Check::Deny(tables.block(conditions)),
            RuleCheck::Foreach(_) => Check::Foreach,
        };
        let preconditions = body.preconditions.as_ref();
        match check {
            Check::Pattern(Root::Strict(pattern)) if preconditions.is_none() => {
                plain.push((index, pattern));
            }
            _ => others.push(index),
        }
        classes.push(Class {
            preconditions: preconditions.map(|block| tables.block(block)),
            check,
            body: Arc::clone(body),
        });
    }
    Part {
        ids: bodies.iter().map(|body| body.id.clone()).collect(),
        strict: Strict::of(strict),
        trie: Trie::of(patterns),
        asks: tables.asks.into(),
        conditions: tables.conditions.into(),
        classes: classes.into(),
        plain: plain.into(),
        others: others.into(),
        whole: bodies.iter().any(|body| body.whole),
    }
}

#[derive(Default)]
struct Tables {
    asks: Vec<Arc<Ask>>,
    ask_of: HashMap<Key, u32>,
    conditions: Vec<Asking>,
    condition_of: HashMap<Key, u32>,
}

impl Tables {
    fn block(&mut self, conditions: &Conditions) -> Block {
        let mut each = |list: &[Arc<crate::ir::Condition>]| -> Box<[u32]> {
            list.iter()
                .map(|condition| self.condition(condition))
                .collect()
        };
        Block {
            any: conditions.any.as_deref().map(&mut each),
            all: each(&conditions.all),
        }
    }

    fn condition(&mut self, condition: &Arc<crate::ir::Condition>) -> u32 {
        if let Some(known) = self.condition_of.get(&condition.id) {
            return *known;
        }
        let asking = Asking {
            key: self.side(&condition.key),
            value: self.side(&condition.value),
            condition: Arc::clone(condition),
        };
        let number = self.conditions.len() as u32;
        self.conditions.push(asking);
        self.condition_of.insert(condition.id.clone(), number);
        number
    }

    fn side(&mut self, side: &Side) -> Option<u32> {
        let Side::Ask(ask) = side else {
            return None;
        };
        if let Some(known) = self.ask_of.get(&ask.text) {
            return Some(*known);
        }
        let number = self.asks.len() as u32;
        self.asks.push(Arc::clone(ask));
        self.ask_of.insert(ask.text.clone(), number);
        Some(number)
    }
}
