//! Where facts come from: what evaluation lacks and never fetches itself.
//!
//! Comes in:  [`portcullis_engine::facts::Fact`]s that an evaluation asked for.
//! Goes out:  their answers, in memory, before the evaluation is tried again.
//! Never here: what a fact means to a rule.
//!
//! ```text
//! review ─ errand ─> desk ┬─ memory: kept for as long as that is safe, bounded
//!                         ├─ one flight for all who ask the same
//!                         └─ breaker of the source ─> network: API server, services, name servers
//! ```

mod breaker;
mod cluster;
mod desk;
mod errand;
mod fetch;
mod global;
mod known;
mod live;
mod memory;
mod namespaces;
pub(crate) mod offline;
mod patient;
mod roles;
mod service;
pub(crate) mod system;
mod variables;

pub(crate) use desk::Desk;
pub(crate) use errand::Errand;
#[cfg(test)]
pub(crate) use fetch::{Asked, Fetch};
pub(crate) use fetch::{Fetched, Network};
pub(crate) use global::GlobalContext;
pub(crate) use known::Known;
pub(crate) use live::Live;
pub(crate) use patient::patiently;
pub(crate) use roles::{RoleTable, Roles};
pub(crate) use service::{Calls, Guard, USUAL as USUALLY_BLOCKED};
pub(crate) use variables::Variables;
