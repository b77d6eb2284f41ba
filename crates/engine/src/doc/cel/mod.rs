//! CEL in policies: expressions as written, compiled once when the policy is read.
//!
//! Comes in:  the fields of a policy or a rule.
//! Goes out:  [`Expression`]s with their programs, grouped as the reference evaluates them.
//! Never here: evaluation (see `reference::cel`).

mod environment;
mod exception;
mod expression;
mod generating;
mod kyverno;
pub(in crate::doc) mod mutating;
mod mutation;
mod native;
mod place;
mod template;

pub(crate) use environment::RECORD;
pub(crate) use environment::typed as typed_environment;
pub use environment::{Place, VALUES};
pub use exception::{CelException, ExemptPolicy};
pub(super) use expression::Text;
pub use expression::{Expression, Named, Unusable};
pub use generating::{GeneratingCel, Generation};
pub use kyverno::KyvernoCel;
pub(super) use kyverno::{Compiler, Texts};
pub use mutating::MutatingCel;
pub(super) use mutating::Texts as MutatingTexts;
pub use mutation::{Mutation, PatchKind};
pub use native::{CelCheck, NativeCel, ParamKind, ParamRef};
pub(super) use native::{Written, compiles_for_webhook, webhook_conditions};
pub(crate) use place::{INVALID, at_issue, placed};
pub use template::{Piece, Template};
