//! Policies to plans.
//!
//! Comes in:  policies and exceptions, read and checked; what was compiled before, to be kept.
//! Goes out:  [`Lowered`](crate::ir::Lowered) policies, [`Plans`](crate::ir::Plans).
//! Never here: evaluation; texts for users.
//!
//! ```text
//! policy ─lower─> guards, bodies ─assemble─> groups ─part─> tries, asks, conditions, classes
//! ```
//!
//! Lowering is partial by design: a rule that it does not understand becomes `Opaque`, with the
//! reason, and is evaluated by the reference evaluator. What is lowered must be able to say `pass` or
//! `skip` only where the reference evaluator says so; it may say "something else" too often.

mod asked;
mod assemble;
mod condition;
mod lower;
mod part;
mod pattern;
mod renew;
mod spell;
mod validating;

pub(crate) use asked::{kinds_of, label_kinds_of};
pub(crate) use assemble::{Built, assemble};
pub(crate) use lower::Lowering;
pub(crate) use validating::{assemble_cel, resource_names};

/// Why a rule is not lowered.
type Why = &'static str;
