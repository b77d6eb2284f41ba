//! CEL checks: `validate.cel` and match conditions, as the API server evaluates its own policies.
//!
//! Comes in:  compiled expressions, a review, facts.
//! Goes out:  a status and the message that users compare.
//! Never here: compiling (see `doc::cel`).

mod access;
mod authorization;
mod deleting;
mod exceptions;
mod generated;
mod generating;
mod kyverno;
mod mutating;
mod namespace;
mod native;
mod outside;
mod params;
mod patch;
mod request;
mod scope;

pub(super) use authorization::decision;
pub(super) use deleting::deletion;
pub(super) use generating::generation;
pub(crate) use kyverno::bundle_inputs;
pub(super) use kyverno::outcome;
pub(super) use mutating::{mutation, mutation_of};
pub(crate) use native::satisfied;
pub(super) use native::{Checked, Opening, check, holds_all, open, run};
pub(super) use params::{chosen, params};
pub(super) use patch::Patcher;
