//! Exceptions that let a review off from a policy written in CEL, as a whole or in part.

use std::sync::Arc;

use bumpalo::Bump;
use portcullis_lang::cel::val::Val;
use portcullis_lang::value::{Value, list, object};

use super::kyverno::conditions;
use super::scope::Scope;
use crate::context::Setting;
use crate::doc::PolicyId;
use crate::doc::cel::CelException;
use crate::facts::Fault;
use crate::outcome::{RuleOutcome, RuleType, Status};
use crate::review::Review;

/// The exceptions that apply to a review, in the order in which they were given.
#[derive(Debug, Default)]
pub(super) struct Applying<'v> {
    /// Those that let off the whole policy.
    whole: Vec<&'v CelException>,
    /// What the others allow.
    images: Vec<&'v str>,
    values: Vec<&'v str>,
}

/// Finds them. `scope`: of the policy, for the conditions of exceptions, which see no variables.
///
/// # Errors
///
/// The outer one is a missing fact. The inner one is the text of an exception that nobody can decide,
/// where none before it lets off the whole policy.
pub(super) fn applying<'v>(
    id: &PolicyId,
    exceptions: &'v [Arc<CelException>],
    scope: &dyn Fn(&Applying<'v>) -> &'v Scope<'v>,
    review: &Review<'v>,
    setting: &Setting<'v>,
) -> Result<Result<Applying<'v>, String>, Fault> {
    let mut applying = Applying::default();
    let mut of_conditions = None;
    for exception in exceptions {
        // Scans and the reference's command line do not look at the end of an exception.
        let is_over = |end| review.admission && setting.inputs.now() > end;
        let Some(exempt) = exception.of(id) else {
            continue;
        };
        if exception.expires_at.is_some_and(is_over) {
            continue;
        }
        let scope = of_conditions.get_or_insert_with(|| scope(&Applying::default()));
        match conditions(&exempt.conditions, scope)? {
            Ok(true) => applying.add(exception),
            Ok(false) => {}
            Err(_) if !applying.whole.is_empty() => break,
            Err(text) => return Ok(Err(text)),
        }
    }
    Ok(Ok(applying))
}

impl<'v> Applying<'v> {
    fn add(&mut self, exception: &'v CelException) {
        if !exception.is_partial() {
            self.whole.push(exception);
            return;
        }
        self.images
            .extend(exception.images.iter().map(String::as_str));
        self.values
            .extend(exception.values.iter().map(String::as_str));
    }

    /// Is there any at all?
    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.images.is_empty() && self.values.is_empty()
    }

    /// What a policy says that is let off as a whole. The exception of the highest priority decides
    /// whether that is a skip or a pass; of equal ones the first.
    pub(super) fn let_off(&self, kind: RuleType) -> Option<RuleOutcome> {
        let highest = |a: &'v CelException, b: &&'v CelException| match b.priority > a.priority {
            true => *b,
            false => a,
        };
        let (first, rest) = self.whole.split_first()?;
        let winner = rest.iter().fold(*first, highest);
        let (status, word) = match winner.passes {
            true => (Status::Pass, "passed"),
            false => (Status::Skip, "skipped"),
        };
        let keys: Vec<_> = self.whole.iter().map(|exception| exception.key()).collect();
        let message = format!(
            "rule is {word} due to policy exception: {}",
            keys.join(", ")
        );
        let mut outcome = RuleOutcome::new("exception", kind, status, message);
        outcome.exceptions = keys;
        Some(outcome)
    }

    /// `exceptions`
    pub(super) fn value(&self, bump: &'v Bump) -> Val<'v> {
        let texts = |texts: &[&'v str]| list(bump, texts.iter().map(|text| Value::Str(text)));
        let fields = [
            ("allowedImages", texts(&self.images)),
            ("allowedValues", texts(&self.values)),
        ];
        Val::from(object(bump, fields))
    }
}
