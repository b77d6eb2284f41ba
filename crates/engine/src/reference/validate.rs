//! `validate`: a rule's body to its outcome and message.
//!
//! Comes in:  a `validate` block or an entry of its `foreach`, the variables, the resource.
//! Goes out:  a status and the exact message; `None` where the rule says nothing.
//! Never here: match, preconditions of the rule, exceptions (see `rule`).

use portcullis_lang::pattern::anchor::Key;
use portcullis_lang::pattern::{self, Mismatch, MismatchKind};
use portcullis_lang::scalar::image::{Defaults, Image};
use portcullis_lang::value::{Document, Item, Span, Value};

use super::conditions::{self, Held};
use super::foreach;
use super::pod_security::{self, Outcome};
use super::{anchors, cel};
use crate::context::Context;
use crate::doc::{Exception, PodSecurity, Validate, Validation};
use crate::facts::Fault;
use crate::outcome::Status;
use crate::review::{Operation, Review};

/// A rule's result before it has a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub(super) status: Status,
    pub(super) message: String,
    pub(super) properties: Vec<(String, String)>,
}

impl Said {
    pub(super) fn new(status: Status, message: impl Into<String>) -> Said {
        Said {
            status,
            message: message.into(),
            properties: Vec::new(),
        }
    }
}

/// One rule's validation on one resource.
pub(super) struct Validator<'r, 'v> {
    /// The rule's computed name.
    pub(super) rule: &'r str,
    /// The block's message, as written.
    pub(super) validate: &'v Validate,
    /// What patterns are held against.
    pub(super) resource: Value<'v>,
    /// The request. Where it deletes, patterns and pod security say nothing.
    pub(super) review: &'r Review<'v>,
    /// Exceptions that let parts of the rule be.
    pub(super) exceptions: &'r [&'v Exception],
    /// How many `foreach` this is inside of.
    pub(super) depth: usize,
}

impl<'v> Validator<'_, 'v> {
    /// Evaluates `validation`.
    ///
    /// # Errors
    ///
    /// Only what keeps the rule from being decided now; what is wrong with the rule or the resource
    /// is an outcome.
    pub(super) fn run(
        &self,
        validation: &'v Validation,
        context: &mut Context<'v>,
    ) -> Result<Option<Said>, Fault> {
        match validation {
            Validation::Deny(conditions) => self.deny(conditions.as_ref(), context).map(Some),
            Validation::Foreach(entries) => foreach::run(self, entries, context),
            Validation::Cel(block) => {
                let passed = format!("Validation rule '{}' passed.", self.rule);
                let passed = Said::new(Status::Pass, passed);
                cel::run(block, self.review, context.setting(), passed).map(Some)
            }
            _ if self.review.operation == Operation::Delete => Ok(None),
            Validation::Pattern(pattern) => self.pattern(pattern, context).map(Some),
            Validation::AnyPattern(patterns) => self.any_pattern(patterns, context).map(Some),
            Validation::PodSecurity(check) => Ok(Some(self.pod_security(check, context))),
            Validation::None => Ok(None),
        }
    }

    fn deny(
        &self,
        conditions: Option<&'v Document>,
        context: &mut Context<'v>,
    ) -> Result<Said, Fault> {
        // An empty block has no condition that could fail, so it holds and denies.
        let held = match conditions.map_or(Ok(Held::always()), |block| {
            conditions::noted("deny", block.item(), context)
        }) {
            Ok(held) => held,
            Err(Fault::Error(text)) => {
                return Ok(Said::new(
                    Status::Error,
                    format!("failed to check deny conditions: {text}"),
                ));
            }
            Err(fault) => return Err(fault),
        };
        if !held.holds {
            return Ok(self.passed());
        }
        let texts = [self.validate.message.as_str(), held.messages.as_str()];
        let written = texts
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join("; ");
        if written.is_empty() {
            return Ok(Said::new(
                Status::Fail,
                format!("validation error: rule {} failed", self.rule),
            ));
        }
        let before = context.at_text(&self.validate.message);
        let message = match context.substitute(Value::Str(context.bump().alloc_str(&written))) {
            Ok(Value::Str(text)) => text.to_owned(),
            Ok(_) => {
                "the produced message didn't resolve to a string, check your policy definition."
                    .to_owned()
            }
            Err(Fault::Error(_)) => held.messages,
            Err(fault) => return Err(fault),
        };
        context.back_to(before);
        Ok(Said::new(Status::Fail, message))
    }

    fn pattern(&self, written: &'v Document, context: &mut Context<'v>) -> Result<Said, Fault> {
        let pattern = match self.filled(written, context)? {
            Ok(pattern) => pattern,
            Err(said) => return Ok(said),
        };
        let matched = self.matched(pattern, context)?;
        self.note_pattern(context, "pattern", written.item(), pattern, &matched);
        let Err(mismatch) = matched else {
            return Ok(self.passed());
        };
        let (status, ending) = match mismatch.kind {
            MismatchKind::Skip => return Ok(Said::new(Status::Skip, mismatch.text)),
            MismatchKind::Fail => (Status::Fail, format!("failed at path {}", mismatch.path)),
            MismatchKind::Error => (Status::Error, format!("execution error: {}", mismatch.text)),
        };
        let rule = self.rule;
        let message = match self.message(context)? {
            Ok(None) => format!("validation error: rule {rule} {ending}"),
            Ok(Some(text)) => format!("validation error: {text} rule {rule} {ending}"),
            Err(()) => format!(
                "validation error: variables substitution error in rule {rule} execution error: {}",
                mismatch.text
            ),
        };
        Ok(Said::new(status, message))
    }

    fn matched(
        &self,
        pattern: Value<'v>,
        context: &Context<'v>,
    ) -> Result<Result<(), Mismatch<'v>>, Fault> {
        let inputs = context.setting().inputs;
        match pattern::matches_in_time(self.resource, pattern, inputs, context.bump()) {
            Err(Mismatch {
                kind: MismatchKind::Error,
                ..
            }) if inputs.is_over() => Err(Fault::Stopped),
            matched => Ok(matched),
        }
    }

    fn any_pattern(&self, written: &'v Document, context: &mut Context<'v>) -> Result<Said, Fault> {
        let patterns = match self.filled(written, context)? {
            Ok(patterns) => patterns,
            Err(said) => return Ok(said),
        };
        let rule = self.rule;
        let (mut skipped, mut failed) = (Vec::new(), Vec::new());
        for (index, pattern) in patterns.as_list().into_iter().flatten().enumerate() {
            let matched = self.matched(pattern, context)?;
            let place = written.item().elements().nth(index);
            let place = place.unwrap_or(written.item());
            self.note_pattern(context, "anyPattern", place, pattern, &matched);
            let Err(mismatch) = matched else {
                return Ok(Said::new(
                    Status::Pass,
                    format!("validation rule '{rule}' anyPattern[{index}] passed."),
                ));
            };
            match mismatch.kind {
                MismatchKind::Skip => {
                    skipped.push(format!("rule {rule}[{index}] skipped: {}", mismatch.text))
                }
                MismatchKind::Fail => failed.push(format!(
                    "rule {rule}[{index}] failed at path {}",
                    mismatch.path
                )),
                MismatchKind::Error => {
                    failed.push(format!("rule {rule}[{index}] failed: {}", mismatch.text))
                }
            }
        }
        if failed.is_empty() && skipped.is_empty() {
            return Ok(Said::new(Status::Pass, self.validate.message.clone()));
        }
        if failed.is_empty() {
            return Ok(Said::new(Status::Skip, skipped.join(" ")));
        }
        let failed = failed.join(" ");
        let message = match self.message(context)? {
            Ok(None) => format!("validation error: {failed}"),
            Ok(Some(text)) => format!("validation error: {text} {failed}"),
            Err(()) => {
                format!(
                    "validation error: variables substitution error in rule {rule} execution error: {failed}"
                )
            }
        };
        Ok(Said::new(Status::Fail, message))
    }

    fn pod_security(&self, check: &PodSecurity, context: &Context<'v>) -> Said {
        let keys: Vec<String> = self
            .exceptions
            .iter()
            .map(|exception| exception.key())
            .collect();
        let exceptions: Vec<_> = std::iter::zip(&keys, self.exceptions)
            .map(|(key, exception)| pod_security::Exception {
                key,
                excludes: &exception.pod_security,
            })
            .collect();
        match pod_security::evaluate(check, &exceptions, self.resource, context.bump()) {
            Outcome::Passed => Said::new(
                Status::Pass,
                format!("Validation rule '{}' passed.", self.rule),
            ),
            Outcome::Skipped(message) => Said::new(Status::Skip, message),
            Outcome::Error(message) => Said::new(Status::Error, message),
            Outcome::Failed(violations) => Said {
                status: Status::Fail,
                message: violations.message(self.rule, check),
                properties: violations.properties(check, normalised),
            },
        }
    }

    /// Notes the anchors of a pattern and how it came out, at the key that did not match.
    fn note_pattern(
        &self,
        context: &Context<'v>,
        what: &'static str,
        written: Item<'_>,
        pattern: Value<'v>,
        matched: &Result<(), Mismatch<'_>>,
    ) {
        let Some(trace) = context.trace() else { return };
        trace.enter();
        anchors::note(trace, written, pattern, self.resource, context.bump());
        trace.leave();
        let (at, text) = match matched {
            Ok(()) => (written.span(), "the resource matches"),
            Err(mismatch) => (place(written, mismatch.path), mismatch.text),
        };
        trace.note(what, at, Some(matched.is_ok()), text.to_owned());
    }

    pub(super) fn passed(&self) -> Said {
        Said::new(
            Status::Pass,
            format!("validation rule '{}' passed.", self.rule),
        )
    }

    /// The pattern with its variables filled in; a variable that cannot be is a status error.
    fn filled(
        &self,
        pattern: &'v Document,
        context: &mut Context<'v>,
    ) -> Result<Result<Value<'v>, Said>, Fault> {
        let before = context.at(pattern.item().span());
        let filled = context.substitute(pattern.root());
        context.back_to(before);
        match filled {
            Ok(value) => Ok(Ok(value)),
            Err(Fault::Error(text)) => Ok(Err(Said::new(
                Status::Error,
                format!("variable substitution failed: {text}"),
            ))),
            Err(fault) => Err(fault),
        }
    }

    /// The rule's message with its variables filled in and a full stop; `None` where it has none,
    /// `Err(())` where a variable cannot be filled in.
    fn message(&self, context: &mut Context<'v>) -> Result<Result<Option<String>, ()>, Fault> {
        let written = &self.validate.message;
        if written.is_empty() {
            return Ok(Ok(None));
        }
        let before = context.at_text(written);
        let filled = context.substitute(Value::Str(written));
        context.back_to(before);
        match filled {
            Ok(Value::Str(text)) if text.ends_with('.') => Ok(Ok(Some(text.to_owned()))),
            Ok(Value::Str(text)) => Ok(Ok(Some(format!("{text}.")))),
            Ok(_) | Err(Fault::Error(_)) => Ok(Err(())),
            Err(fault) => Err(fault),
        }
    }
}

/// Where in a pattern the resource's path `/spec/containers/0/image/` leads: as deep as it goes.
fn place(pattern: Item<'_>, path: &str) -> Span {
    let mut at = pattern;
    for step in path.split('/').filter(|step| !step.is_empty()) {
        let next = if step.bytes().all(|byte| byte.is_ascii_digit()) {
            at.elements().next()
        } else {
            at.entries()
                .find(|entry| Key::parse(entry.key).name == step)
                .map(|entry| entry.item)
        };
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    at.span()
}

/// An image as reports show it: the full reference, or the text itself where it is none.
fn normalised(image: &str) -> String {
    Image::parse(image, Defaults::default())
        .map_or_else(|_| image.to_owned(), |image| image.reference().to_string())
}
