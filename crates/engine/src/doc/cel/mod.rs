//! CEL in policies: expressions as written, compiled once when the policy is read.
//!
//! Comes in:  the fields of a policy or a rule.
//! Goes out:  [`Expression`]s with their programs, grouped as the reference evaluates them.
//! Never here: evaluation (see `reference::cel`).

mod environment;
mod expression;
mod kyverno;
mod mutation;
mod native;

pub use environment::{Place, VALUES};
pub(super) use expression::Text;
pub use expression::{Expression, Named, Unusable};
pub use kyverno::KyvernoCel;
pub(super) use kyverno::Texts;
pub use mutation::{Mutation, PatchKind};
pub use native::{CelCheck, NativeCel, ParamKind, ParamRef};
pub(super) use native::{Written, webhook_conditions};
