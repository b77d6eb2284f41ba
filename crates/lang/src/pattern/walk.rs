//! The walk over a pattern and a resource together: what each kind of pattern asks for.

use std::fmt;

use bumpalo::Bump;

use super::anchors_seen::AnchorsSeen;
use super::mismatch::{Failure, Path};
use super::scalar;
use crate::value::Value;

pub(super) type Outcome<'v> = Result<(), Failure<'v>>;

/// The state of one walk.
pub(super) struct Walk<'v> {
    pub(super) bump: &'v Bump,
    pub(super) seen: AnchorsSeen<'v>,
}

impl<'v> Walk<'v> {
    pub(super) fn new(bump: &'v Bump) -> Self {
        Walk {
            bump,
            seen: AnchorsSeen::new(bump),
        }
    }

    /// Any value against any pattern; a missing value is `null`.
    pub(super) fn value(
        &mut self,
        resource: Value<'v>,
        pattern: Value<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        match (pattern, resource) {
            (Value::Map(pattern), Value::Map(resource)) => {
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
        Failure::plain(self.bump, path, text)
    }
}
