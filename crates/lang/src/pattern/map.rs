//! Maps: first the anchors that decide whether the pattern applies, then the other keys.

use bumpalo::collections::Vec;

use super::anchor::{Anchor, Key};
use super::metadata;
use super::mismatch::{Cause, Failure, Path};
use super::walk::{Outcome, Skips, Walk};
use crate::value::{List, Map, Value};

impl<'v> Walk<'v> {
    /// A map in the resource against a map in the pattern.
    pub(super) fn map(
        &mut self,
        resource: Map<'v>,
        pattern: Map<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        let pattern = metadata::expand(self.bump, pattern, resource);
        let mut later = Vec::new_in(self.bump);
        let mut skips = Skips::new(self.bump);
        let (mut applied, mut condition_failed) = (false, false);
        for &(raw, wanted) in pattern.sorted(self.bump) {
            let key = Key::parse(raw);
            let Some(anchor) = key.anchor.filter(|anchor| decides(*anchor)) else {
                later.push((key, wanted));
                continue;
            };
            match self.deciding(anchor, key.name, wanted, resource, path) {
                Ok(()) => applied = true,
                Err(failure) if failure.cause == Cause::Skip => {
                    condition_failed |= anchor == Anchor::Conditional;
                    skips.push(failure);
                }
                // The map does not apply, so what else is wrong with it does not count.
                Err(_) if condition_failed => {}
                Err(failure) => return Err(failure),
            }
        }
        if condition_failed || !applied {
            skips.outcome()?;
        }
        self.others(&later, resource, path)
    }

    /// An anchor of the first phase.
    fn deciding(
        &mut self,
        anchor: Anchor,
        name: &'v str,
        wanted: Value<'v>,
        resource: Map<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        let at = path.key(name);
        match (anchor, resource.get(name)) {
            (Anchor::Conditional, None) => Err(Failure {
                cause: Cause::Skip,
                ..self.failure(
                    path,
                    format_args!(
                        "conditional anchor mismatch: conditional anchor key doesn't exist in \
                         the resource"
                    ),
                )
            }),
            (Anchor::Conditional, Some(found)) => self
                .value(found, wanted, at)
                .map_err(|inner| self.skip("conditional anchor mismatch", inner)),
            (Anchor::Equality, Some(found)) => self.value(found, wanted, at),
            (Anchor::Negation, Some(_)) => Err(Failure {
                cause: Cause::Negation,
                ..self.failure(
                    at,
                    format_args!("negation anchor matched in resource: {at} is not allowed"),
                )
            }),
            (Anchor::Existence, Some(found)) => self.existence(found, wanted, at),
            _ => Ok(()),
        }
    }

    /// `^(k)`: each pattern map must be matched by some element.
    fn existence(&mut self, found: Value<'v>, wanted: Value<'v>, path: Path<'_>) -> Outcome<'v> {
        let Value::List(resource) = found else {
            return Err(self.failure(
                path,
                format_args!(
                    "invalid resource type {}: Existence ^ () anchor can be used only on \
                     list/array type resource",
                    found.go_type()
                ),
            ));
        };
        let Value::List(patterns) = wanted else {
            return Err(self.failure(
                path,
                format_args!(
                    "invalid pattern type {}: Pattern has to be of list to compare against \
                     resource",
                    wanted.go_type()
                ),
            ));
        };
        for pattern in patterns {
            if pattern.as_map().is_none() {
                return Err(self.failure(
                    path,
                    format_args!(
                        "invalid pattern type {}: Pattern has to be of type map to compare \
                         against items in resource",
                        wanted.go_type()
                    ),
                ));
            }
            if !self.some_element(resource, pattern, path) {
                return Err(self.failure(
                    path,
                    format_args!("existence anchor validation failed at path {path}"),
                ));
            }
        }
        Ok(())
    }

    fn some_element(&mut self, resource: List<'v>, pattern: Value<'v>, path: Path<'_>) -> bool {
        let silent = std::mem::replace(&mut self.silent, true);
        let mut elements = resource.iter().enumerate();
        let found = elements
            .any(|(index, element)| self.value(element, pattern, path.index(index)).is_ok());
        self.silent = silent;
        found
    }

    /// The second phase. Keys with anchors below go first, in descending order, because they
    /// may yet say that the pattern does not apply; then the plain ones, ascending.
    fn others(
        &mut self,
        keys: &[(Key<'v>, Value<'v>)],
        resource: Map<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        let first: Vec<'v, bool> = Vec::from_iter_in(
            keys.iter()
                .map(|(key, wanted)| key.anchor == Some(Anchor::Global) || has_anchors(*wanted)),
            self.bump,
        );
        let marked = || keys.iter().zip(&first);
        let anchored = marked().rev().filter(|(_, first)| **first);
        let plain = marked().filter(|(_, first)| !**first);
        for ((key, wanted), _) in anchored.chain(plain) {
            self.other(*key, *wanted, resource, path)?;
        }
        Ok(())
    }

    fn other(
        &mut self,
        key: Key<'v>,
        wanted: Value<'v>,
        resource: Map<'v>,
        path: Path<'_>,
    ) -> Outcome<'v> {
        if key.anchor == Some(Anchor::Global) {
            let Some(found) = resource.get(key.name) else {
                return Ok(());
            };
            return self
                .value(found, wanted, path.key(key.name))
                .map_err(|inner| self.skip("global anchor mismatch", inner));
        }
        // `+(k)` has no meaning here: it is a key of that spelling.
        let found = resource.get(key.raw).unwrap_or_default();
        match wanted {
            Value::Str("*") if found.is_null() => {
                // The path is that of the map, and its slash is doubled, by an old slip.
                Err(self.failure(path, format_args!("{path}/{} not found", key.raw)))
            }
            Value::Str("*") => Ok(()),
            _ => self.value(found, wanted, path.key(key.raw)),
        }
    }
}

/// Whether an anchor belongs to the first phase.
fn decides(anchor: Anchor) -> bool {
    anchor.validates() && anchor != Anchor::Global
}

/// Whether a pattern holds an anchor that means something in validation, at any depth.
fn has_anchors(pattern: Value<'_>) -> bool {
    match pattern {
        Value::Map(map) => map.iter().any(|(raw, below)| {
            Key::parse(raw).anchor.is_some_and(Anchor::validates) || has_anchors(below)
        }),
        Value::List(list) => list.iter().any(has_anchors),
        _ => false,
    }
}
