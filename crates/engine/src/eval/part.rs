//! The classes of one part on one review.

use portcullis_lang::jmespath::Env;
use portcullis_lang::value::Value;

use super::condition::{self, Trouble, Truth};
use super::walk::walk;
use super::{STEPS, Said, Subject, Walks, element};
use crate::doc::cel::NativeCel;
use crate::facts::Fault;
use crate::ir::found::{FAILS, FITS, SKIPS};
use crate::ir::{Block, Check, Class, Part, Root};
use crate::reference::cel;
use crate::reference::pod_security::{self, Outcome};

/// A part that is being evaluated: what was asked, compared and walked stays for the next class.
pub(super) struct Run<'r, 'v> {
    part: &'v Part,
    subject: &'r Subject<'v>,
    answers: &'v mut [Option<Result<Value<'v>, Trouble>>],
    truths: &'v mut [Option<Truth>],
    walks: &'r mut Walks,
    /// Was the resource walked along the trie? If so, are the results on the stack good for anything?
    walked: Option<bool>,
    /// The same of the strict patterns.
    walked_strict: Option<bool>,
}

impl<'r, 'v> Run<'r, 'v> {
    pub(super) fn new(part: &'v Part, subject: &'r Subject<'v>, walks: &'r mut Walks) -> Self {
        walks.stack.clear();
        let bump = subject.bump;
        Run {
            part,
            subject,
            answers: bump.alloc_slice_fill_copy(part.asks.len(), None),
            truths: bump.alloc_slice_fill_copy(part.conditions.len(), None),
            walks,
            walked: None,
            walked_strict: None,
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
            Check::Foreach => {
                element::foreach(class.foreach(), self.subject, &mut self.walks.stack)
            }
            Check::Cel => match class.cel().map(|block| self.cel(block)) {
                Some(Ok(Some(true))) => Said::Pass,
                Some(Ok(Some(false))) => Said::Skip,
                _ => Said::Other,
            },
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

    fn cel(&self, block: &'v NativeCel) -> Result<Option<bool>, Fault> {
        cel::satisfied(block, &self.subject.review, &self.subject.setting)
    }

    /// Is every strict pattern met?
    pub(super) fn meets_all(&mut self) -> bool {
        self.walk_strict() && !self.walks.unmet.any()
    }

    /// Is this strict pattern met?
    pub(super) fn meets(&mut self, pattern: u32) -> bool {
        self.walk_strict() && !self.walks.unmet.contains(pattern)
    }

    /// The first call walks the resource for all strict patterns; false where nothing came of it.
    fn walk_strict(&mut self) -> bool {
        let Run { part, subject, .. } = *self;
        let unmet = &mut self.walks.unmet;
        let walked = &mut self.walked_strict;
        *walked.get_or_insert_with(|| unmet.walk(&part.strict, subject.resource))
    }

    /// The result of one pattern; the first call walks the resource for all of them.
    fn root(&mut self, root: Root) -> u8 {
        let root = match root {
            Root::Strict(pattern) if self.meets(pattern) => return FITS,
            Root::Strict(_) => return FAILS,
            Root::Trie(root) => root,
        };
        let (trie, stack) = (&self.part.trie, &mut self.walks.stack);
        let sure = match self.walked {
            Some(sure) => sure,
            None => {
                stack.clear();
                *self.walked.insert(walk(trie, self.subject.resource, stack))
            }
        };
        let test = trie.roots.get(root as usize).map(|test| *test as usize);
        let result = test.and_then(|test| stack.get(test)).copied();
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
