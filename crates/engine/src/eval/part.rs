//! The classes of one part on one review.

use portcullis_lang::jmespath::Env;
use portcullis_lang::value::Value;

use super::condition::{self, Trouble, Truth};
use super::walk::walk;
use super::{STEPS, Said, Subject, element};
use crate::ir::found::{FAILS, FITS, SKIPS};
use crate::ir::{Block, Check, Class, Part};
use crate::reference::pod_security::{self, Outcome};

/// A part that is being evaluated: what was asked, compared and walked stays for the next class.
pub(super) struct Run<'r, 'v> {
    part: &'v Part,
    subject: &'r Subject<'v>,
    answers: &'v mut [Option<Result<Value<'v>, Trouble>>],
    truths: &'v mut [Option<Truth>],
    stack: &'r mut Vec<u8>,
    /// Was the resource walked? If so, are the results on the stack good for anything?
    walked: Option<bool>,
}

impl<'r, 'v> Run<'r, 'v> {
    pub(super) fn new(part: &'v Part, subject: &'r Subject<'v>, stack: &'r mut Vec<u8>) -> Self {
        stack.clear();
        let bump = subject.bump;
        Run {
            part,
            subject,
            answers: bump.alloc_slice_fill_copy(part.asks.len(), None),
            truths: bump.alloc_slice_fill_copy(part.conditions.len(), None),
            stack,
            walked: None,
        }
    }

    /// What a class says.
    pub(super) fn class(&mut self, class: &'v Class) -> Said {
        if let Some(block) = &class.preconditions {
            match self.block(block) {
                Ok(true) => {}
                Ok(false) => return Said::Skip,
                Err(_) => return Said::Other,
            }
        }
        let deletes = self.subject.deletes;
        match &class.check {
            Check::Silent => Said::Silent,
            Check::Opaque => Said::Other,
            Check::Deny(block) => match self.block(block) {
                Ok(false) => Said::Pass,
                _ => Said::Other,
            },
            Check::Foreach => element::foreach(class.foreach(), self.subject, self.stack),
            _ if deletes => Said::Silent,
            Check::Pattern(root) => said(self.root(*root)),
            Check::AnyPattern(roots) => any_of(roots.iter().map(|root| self.root(*root))),
            Check::PodSecurity => {
                let Some(check) = class.pod_security() else {
                    return Said::Other;
                };
                let Subject { resource, bump, .. } = *self.subject;
                match pod_security::evaluate(check, &[], resource, bump) {
                    Outcome::Passed => Said::Pass,
                    _ => Said::Other,
                }
            }
        }
    }

    /// The result of one pattern; the first call walks the resource for all of them.
    fn root(&mut self, root: u32) -> u8 {
        let trie = &self.part.trie;
        let sure = match self.walked {
            Some(sure) => sure,
            None => {
                self.stack.clear();
                *self
                    .walked
                    .insert(walk(trie, self.subject.resource, self.stack))
            }
        };
        let test = trie.roots.get(root as usize).map(|test| *test as usize);
        let result = test.and_then(|test| self.stack.get(test)).copied();
        result.filter(|_| sure).unwrap_or(FAILS)
    }

    fn block(&mut self, block: &Block) -> Truth {
        let env = Env::with_steps(self.subject.bump, self.subject.inputs, STEPS);
        condition::block(block.any.as_deref(), &block.all, |index| {
            self.condition(*index, &env)
        })
    }

    fn condition(&mut self, index: u32, env: &Env<'v>) -> Truth {
        let index = index as usize;
        if let Some(Some(known)) = self.truths.get(index) {
            return *known;
        }
        let asking = self.part.conditions.get(index).ok_or(Trouble::Unsure)?;
        let truth = self.ask(asking.key, env).and_then(|key| {
            let value = self.ask(asking.value, env)?;
            Ok(condition::compare(&asking.condition, key, value))
        });
        if let Some(slot) = self.truths.get_mut(index) {
            *slot = Some(truth);
        }
        truth
    }

    fn ask(&mut self, index: Option<u32>, env: &Env<'v>) -> Result<Value<'v>, Trouble> {
        let Some(index) = index.map(|index| index as usize) else {
            return Ok(Value::Null);
        };
        if let Some(Some(known)) = self.answers.get(index) {
            return *known;
        }
        let ask = self.part.asks.get(index).ok_or(Trouble::Unsure)?;
        let Subject {
            deletes, variables, ..
        } = *self.subject;
        let answer = condition::answer(ask, deletes, Value::Map(variables), env);
        if let Some(slot) = self.answers.get_mut(index) {
            *slot = Some(answer);
        }
        answer
    }
}

/// What a rule with one pattern says.
pub(super) fn said(result: u8) -> Said {
    match result {
        FITS => Said::Pass,
        SKIPS => Said::Skip,
        _ => Said::Other,
    }
}

/// What a rule says of which one pattern is enough.
pub(super) fn any_of(results: impl Iterator<Item = u8>) -> Said {
    let (mut failed, mut skipped) = (false, false);
    for result in results {
        match result {
            FITS => return Said::Pass,
            SKIPS => skipped = true,
            _ => failed = true,
        }
    }
    match (failed, skipped) {
        (true, _) => Said::Other,
        (false, true) => Said::Skip,
        (false, false) => Said::Pass,
    }
}
