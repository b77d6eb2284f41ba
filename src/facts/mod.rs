//! Where facts come from: what evaluation lacks and never fetches itself.
//!
//! Comes in:  [`portcullis_engine::facts::Fact`]s that an evaluation asked for.
//! Goes out:  their answers, in memory, before the evaluation is tried again.
//! Never here: what a fact means to a rule.

mod cluster;
mod fetch;
mod known;
mod live;
pub(crate) mod offline;
pub(crate) mod system;

pub(crate) use cluster::Cluster;
pub(crate) use fetch::{Fetch, Fetched, Network};
pub(crate) use known::Known;
pub(crate) use live::Live;
