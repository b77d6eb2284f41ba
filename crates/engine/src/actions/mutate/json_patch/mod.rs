//! RFC 6902: a patch as a list of operations, each at one path.
//!
//! Comes in:  a resource and operations, as values; or two states of a resource.
//! Goes out:  the patched resource; or the shortest patch from the one to the other.
//! Never here: variables, rules.
//!
//! ```text
//! text ─ read ─> operations ─ apply ─> resource
//! resource, resource ─ diff ─> operations ─> text of a webhook's answer
//! ```

mod apply;
mod container;
mod diff;
mod error;
mod operation;
mod plain;

#[cfg(test)]
mod tests;

pub use apply::apply;
pub use diff::diff;
pub use error::{Cause, JsonPatchError};
pub use operation::{Kind, Operation, parse, read_text, write};
pub use plain::apply_plainly;
