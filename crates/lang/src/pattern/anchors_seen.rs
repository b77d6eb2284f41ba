//! Which required anchors of a pattern were ever found in a resource.
//!
//! A rule whose `(key)` or `^(key)` occurs nowhere may never have been meant for such a
//! resource, so a failure then is reported as an error.

use bumpalo::Bump;
use bumpalo::collections::Vec;

use super::anchor::{Anchor, Key};
use crate::value::Map;

/// The `( )` and `^( )` keys met on one walk, as written, and whether each was found once.
///
/// A key that stands in several places of a pattern is one entry: finding it anywhere
/// settles it.
pub(super) struct AnchorsSeen<'v>(Vec<'v, (&'v str, bool)>);

impl<'v> AnchorsSeen<'v> {
    pub(super) fn new(bump: &'v Bump) -> Self {
        AnchorsSeen(Vec::new_in(bump))
    }

    /// Notes the keys of a pattern map, on entering it with a resource map.
    pub(super) fn enter(&mut self, pattern: Map<'v>, resource: Map<'_>) {
        for (raw, _) in pattern {
            let key = Key::parse(raw);
            if matches!(key.anchor, Some(Anchor::Conditional | Anchor::Existence)) {
                self.note(raw, || resource.contains_key(key.name));
            }
        }
    }

    fn note(&mut self, raw: &'v str, found: impl FnOnce() -> bool) {
        match self.0.iter_mut().find(|(known, _)| *known == raw) {
            Some((_, true)) => {}
            Some((_, seen)) => *seen = found(),
            None => self.0.push((raw, found())),
        }
    }

    /// Is there a key that was looked for and never found?
    pub(super) fn any_missing(&self) -> bool {
        self.0.iter().any(|(_, found)| !found)
    }
}
