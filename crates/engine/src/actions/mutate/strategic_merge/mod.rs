//! `patchStrategicMerge`: a patch in the shape of the resource.
//!
//! Comes in:  a resource, and a patch whose keys may stand in anchors.
//! Goes out:  the merged resource.
//! Never here: variables, rules.
//!
//! ```text
//! patch ─ anchors: what fits this resource? ─ clean: take them out ─> plain patch
//! resource + plain patch ─ merge, lists by the keys of `schema` ─> merged resource
//! ```
//!
//! Both steps reproduce, to the letter, what the reference engine and the merge library below it
//! do, accidents included: patches that users have rely on the results.

mod anchors;
mod clean;
mod elements;
mod error;
mod merge;
mod schema;
mod tree;

use bumpalo::Bump;
use portcullis_lang::value::Value;

pub use error::MergeError;

use anchors::Gate;

/// Applies `patch` to `resource`. Numbers of the result are doubles, as in every resource.
///
/// A patch whose anchors say that it is not meant for this resource changes nothing.
///
/// Cost: the patch is walked once for each element of the lists that its anchors look at; the
/// resource is walked where the patch reaches, and where its kind has lists that merge by key.
///
/// # Errors
///
/// Where patch and resource differ in shape, or the patch misuses a directive.
///
/// # Source
///
/// Semantics reference, mutate, 1.2 and 1.3.
pub fn apply<'v>(
    resource: Value<'v>,
    patch: Value<'v>,
    bump: &'v Bump,
) -> Result<Value<'v>, MergeError> {
    let mut tree = tree::Node::new(patch, bump);
    let patch = match anchors::resolve(&mut tree, resource, bump) {
        Ok(()) => {
            clean::clean(&mut tree)?;
            tree.value(bump)
        }
        Err(Gate::Condition | Gate::Global) => return Ok(resource),
        Err(Gate::Error(error)) => return Err(error),
    };
    merge::merge(resource, patch, bump)
}

#[cfg(test)]
mod tests;
