//! The overlay pattern language: a document in the shape of the resource, whose scalars are
//! tests and whose keys may stand in anchors.
//!
//! Comes in:  a resource and a pattern, both plain values; variables are resolved already.
//! Goes out:  nothing when it matches, else a [`Mismatch`]: its kind, path and text.
//! Never here: policies, rule messages, variables, mutation.
//!
//! ```text
//! Walk::value ─┬─ map  ── anchors first, then the other keys ──┐
//!              ├─ list ── one pattern for all, or by position ─┤─> Walk::value of the parts
//!              └─ scalar ── `|` of `&` of terms ─> Term: duration, quantity, wildcard text
//! ```

pub mod anchor;
mod anchors_seen;
mod hopeless;
mod limits;
mod list;
mod map;
mod metadata;
mod mismatch;
pub(crate) mod range;
mod scalar;
mod term;
mod walk;

pub use hopeless::hopeless;
pub use limits::MOST_STEPS;
pub use mismatch::{Mismatch, MismatchKind};
pub(crate) use scalar::as_whole;
pub use scalar::{ScalarPattern, matches as scalar_matches};

pub(crate) use term::Comparison;

use bumpalo::Bump;

use crate::functions::Inputs;
use crate::value::Value;
use limits::Limits;
use mismatch::Path;
use walk::Walk;

/// Matches a resource against a pattern.
///
/// Cost: each part of the pattern is looked at once for each part of the resource that its
/// path names, up to a bound far beyond practice. Texts and intermediate lists are made in
/// `bump`; a match without anchors makes none but the sorted keys of the pattern's maps.
///
/// # Errors
///
/// [`Mismatch`]: of the first thing that does not match, in the reference engine's order.
pub fn matches<'v>(
    resource: Value<'v>,
    pattern: Value<'v>,
    bump: &'v Bump,
) -> Result<(), Mismatch<'v>> {
    settle(Walk::new(bump), resource, pattern)
}

/// [`matches`], which ends with a [`MismatchKind::Error`] once `clock` says that the time is over.
///
/// # Errors
///
/// As [`matches`].
pub fn matches_in_time<'v>(
    resource: Value<'v>,
    pattern: Value<'v>,
    clock: &'v dyn Inputs,
    bump: &'v Bump,
) -> Result<(), Mismatch<'v>> {
    let mut walk = Walk::new(bump);
    walk.limits = Limits::timed(clock);
    settle(walk, resource, pattern)
}

fn settle<'v>(
    mut walk: Walk<'v>,
    resource: Value<'v>,
    pattern: Value<'v>,
) -> Result<(), Mismatch<'v>> {
    let outcome = walk.value(resource, pattern, Path::Root);
    if let Some(text) = walk.limits.error() {
        let (kind, path) = (MismatchKind::Error, "");
        return Err(Mismatch { kind, path, text });
    }
    outcome.map_err(|failure| failure.settle(&walk.seen))
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
