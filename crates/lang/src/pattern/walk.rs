//! The walk over a pattern and a resource together: what each kind of pattern asks for.

use std::fmt;

use bumpalo::Bump;
use bumpalo::collections::{String, Vec};

use super::anchors_seen::AnchorsSeen;
use super::limits::Limits;
use super::mismatch::{Cause, Failure, Path, write};
use super::scalar;
use crate::value::{GoText, Value};

pub(super) type Outcome<'v> = Result<(), Failure<'v>>;

/// The state of one walk.
pub(super) struct Walk<'v> {
    pub(super) bump: &'v Bump,
    pub(super) seen: AnchorsSeen<'v>,
    pub(super) limits: Limits<'v>,
    /// Only yes or no is wanted, so failures carry no text: their texts may quote much of the
    /// resource, once for each element that is tried.
    pub(super) silent: bool,
}

impl<'v> Walk<'v> {
    pub(super) fn new(bump: &'v Bump) -> Self {
        Walk {
            bump,
            seen: AnchorsSeen::new(bump),
            limits: Limits::default(),
            silent: false,
        }
    }

    /// Any value against any pattern; a missing value is `null`.
    pub(super) fn value(
        &mut self,
        resource: Value<'v>,
        pattern: Value<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        let outcome = if self.limits.descend() {
            self.parts(resource, pattern, path)
        } else {
            Err(Failure::SILENT)
        };
        self.limits.ascend();
        outcome
    }

    fn parts(&mut self, resource: Value<'v>, pattern: Value<'v>, path: Path<'_>) -> Outcome<'v> {
        match (pattern, resource) {
            (Value::Map(pattern), Value::Map(resource)) => {
                if !self
                    .limits
                    .charge(pattern.len().saturating_mul(resource.len()))
                {
                    return Err(Failure::SILENT);
                }
                self.seen.enter(pattern, resource);
                self.map(resource, pattern, path)
            }
            (Value::Map(_), other) => Err(self.failure(
                path,
                format_args!(
                    "pattern and resource have different structures. Path: {path}. Expected {}, \
                     found {}",
                    pattern.go_type(),
                    other.go_type()
                ),
            )),
            (Value::List(pattern), Value::List(resource)) => self.list(resource, pattern, path),
            (Value::List(_), _) => Err(self.failure(
                path,
                format_args!(
                    "validation rule failed at path {path}, resource does not satisfy the \
                     expected overlay pattern"
                ),
            )),
            (_, Value::List(resource)) => self.each_scalar(resource, pattern, path),
            _ if scalar::matches(resource, pattern) => Ok(()),
            _ => Err(self.scalar_failure(resource, pattern, path)),
        }
    }

    pub(super) fn failure(&self, path: Path<'_>, text: fmt::Arguments<'_>) -> Failure<'v> {
        if self.silent {
            return Failure::SILENT;
        }
        Failure {
            cause: Cause::Plain,
            path: path.text(self.bump),
            text: write(self.bump, text),
        }
    }

    pub(super) fn scalar_failure(
        &self,
        resource: Value<'v>,
        pattern: Value<'v>,
        path: Path<'_>,
    ) -> Failure<'v> {
        self.failure(
            path,
            format_args!(
                "resource value '{}' does not match '{}' at path {path}",
                GoText(resource),
                GoText(pattern)
            ),
        )
    }

    /// The skip that an anchor makes of a failure below it.
    pub(super) fn skip(&self, why: &str, inner: Failure<'v>) -> Failure<'v> {
        Failure {
            cause: Cause::Skip,
            ..self.failure(Path::Root, format_args!("{why}: {}", inner.text))
        }
    }
}

/// The reasons why a pattern does not apply, gathered from keys or elements.
pub(super) struct Skips<'v>(Vec<'v, &'v str>);

impl<'v> Skips<'v> {
    pub(super) fn new(bump: &'v Bump) -> Self {
        Skips(Vec::new_in(bump))
    }

    pub(super) fn push(&mut self, skip: Failure<'v>) {
        self.0.push(skip.text);
    }

    /// All of them as one skip; fine when there is none.
    pub(super) fn outcome(&self) -> Outcome<'v> {
        let text = match self.0.as_slice() {
            [] => return Ok(()),
            [one] => one,
            // A silent walk has only empty ones.
            [first, ..] if first.is_empty() => first,
            [first, rest @ ..] => {
                let mut text = String::from_str_in(first, self.0.bump());
                for reason in rest {
                    text.push_str("; ");
                    text.push_str(reason);
                }
                text.into_bump_str()
            }
        };
        Err(Failure {
            cause: Cause::Skip,
            path: "",
            text,
        })
    }
}
