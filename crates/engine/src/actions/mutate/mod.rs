//! Patches: applied to a resource, and computed from two states of one.
//!
//! Comes in:  a resource and a patch, both plain values.
//! Goes out:  the patched resource, in the evaluation's own memory; or the shortest patch between
//!            two resources.
//! Never here: policies, variables, rule messages.
//!
//! ```text
//! patchStrategicMerge ─ anchors ─> plain patch ─ merge ─┐
//! patchesJson6902 ──────────────────────────────────────┴─> resource ─ diff ─> what a webhook answers
//! ```

pub mod apply_configuration;
pub mod json_patch;
pub mod strategic_merge;

mod text;
