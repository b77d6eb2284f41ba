//! Apply configurations: a partial object, merged into an object as an API server merges what a
//! client applies.
//!
//! Comes in:  an object, a partial object, and the types of its kind.
//! Goes out:  the merged object, or why the partial object cannot be meant so, in the API server's
//!            words.
//! Never here: field managers and who owns which field; CEL.
//!
//! ```text
//! kinds.txt, CRDs ─ schema ─┐
//! partial object ───────────┴─ check ─> merge ─> object
//! ```
//!
//! Maps are merged key by key, lists with keys element by element, and everything else is replaced. A
//! partial object that states an atomic list or map would replace what nobody wrote, so it is refused
//! unless the caller says otherwise.

mod check;
mod crd;
mod declare;
mod merge;
mod schema;
#[cfg(test)]
mod tests;

use bumpalo::Bump;
use portcullis_lang::value::{Value, list, object};

use check::Origin;
use schema::{TypeId, Types};

pub(crate) use declare::Described;
pub use schema::Schemas;

/// What may be done to lists and maps that are one value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Atomic {
    /// Nothing.
    Refused,
    /// They are replaced as a whole.
    Replaced,
}

/// Merges `patch` into `live`, whose kind it takes on.
///
/// # Errors
///
/// What is wrong with the patch, in the API server's words.
pub fn apply<'v>(
    live: Value<'v>,
    patch: Value<'v>,
    types: Kind<'_>,
    atomic: Atomic,
    bump: &'v Bump,
) -> Result<Value<'v>, String> {
    let kind = ["apiVersion", "kind"].map(|key| (key, live.get(key).unwrap_or_default()));
    let fields = patch.as_map().into_iter().flatten();
    let fields = fields.map(|(key, value)| (key, doubled(bump, value)));
    let patch = object(bump, fields.chain(kind));
    let Kind { types, id } = types;
    let faults = check::check(types, id, patch, Origin::Patch);
    if !faults.is_empty() {
        let faults = check::printed(&faults);
        return Err(format!(
            "failed to convert patch object to typed object: {faults}"
        ));
    }
    if atomic == Atomic::Refused {
        let found = check::atomics(types, id, patch);
        if !found.is_empty() {
            return Err(format!(
                "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {}",
                found.join(", ")
            ));
        }
    }
    let faults = check::check(types, id, live, Origin::Live);
    if !faults.is_empty() {
        let faults = check::printed(&faults);
        return Err(format!(
            "failed to convert original object to typed object: {faults}"
        ));
    }
    Ok(merge::merge(types, id, live, patch, bump))
}

/// The type of an object.
#[derive(Clone, Copy, Debug)]
pub struct Kind<'s> {
    types: &'s Types,
    id: TypeId,
}

/// A copy as resources hold it: every number is a double.
fn doubled<'v>(bump: &'v Bump, value: Value<'v>) -> Value<'v> {
    match value {
        Value::Int(number) => Value::Float(number as f64),
        Value::List(items) => list(bump, items.iter().map(|item| doubled(bump, item))),
        Value::Map(map) => object(
            bump,
            map.iter().map(|(key, item)| (key, doubled(bump, item))),
        ),
        scalar => scalar,
    }
}
