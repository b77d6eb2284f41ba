//! Merging a value into another of the same type.

use bumpalo::Bump;
use portcullis_lang::value::{List, Map, Value, list, object};

use super::check::Place;
use super::schema::{Merge, Type, TypeId, Types, get};

/// `live` with what `patch` states. Both are what the type says.
pub(super) fn merge<'v>(
    types: &Types,
    id: TypeId,
    live: Value<'v>,
    patch: Value<'v>,
    bump: &'v Bump,
) -> Value<'v> {
    let merger = Merger { types, bump };
    merger.value(get(types, id), live, patch)
}

struct Merger<'t, 'v> {
    types: &'t Types,
    bump: &'v Bump,
}

impl<'v> Merger<'_, 'v> {
    fn value(&self, ty: &Type, live: Value<'v>, patch: Value<'v>) -> Value<'v> {
        match (ty, live, patch) {
            (
                Type::Map { atomic: false, .. } | Type::Deduced,
                Value::Map(live),
                Value::Map(patch),
            ) => self.map(ty, live, patch),
            (Type::List { merge, of }, Value::List(live), Value::List(patch))
                if *merge != Merge::Atomic && !(live.is_empty() && patch.is_empty()) =>
            {
                self.list(merge, get(self.types, *of), live, patch)
            }
            _ => patch,
        }
    }

    fn map(&self, ty: &Type, live: Map<'v>, patch: Map<'v>) -> Value<'v> {
        let below = |key: &str| {
            ty.field(key)
                .map_or(&Type::Deduced, |id| get(self.types, id))
        };
        let merged = live.iter().map(|(key, old)| {
            let new = patch.get(key).map(|new| self.value(below(key), old, new));
            (key, new.unwrap_or(old))
        });
        let added = patch.iter().filter(|(key, _)| live.get(key).is_none());
        object(self.bump, merged.chain(added))
    }

    /// The elements of both. Those of the patch keep the order that they have there, and those that
    /// are only in the list stay where they were beside their neighbours.
    fn list(&self, merge: &Merge, of: &Type, live: List<'v>, patch: List<'v>) -> Value<'v> {
        let (live, patch) = (placed(merge, live), placed(merge, patch));
        let position = |all: &[Placed<'_, 'v>], place: &Option<Place<'_>>| {
            all.iter().position(|(other, _)| other == place)
        };
        let in_live: Vec<_> = patch
            .iter()
            .map(|(place, _)| position(&live, place))
            .collect();
        let in_patch: Vec<_> = live
            .iter()
            .map(|(place, _)| position(&patch, place))
            .collect();
        // Elements of the patch that are in the list too, in order of the patch.
        let mut shared =
            (0..patch.len()).filter(|at| in_live.get(*at).copied().flatten().is_some());
        let mut next = shared.next();
        let mut taken = vec![false; patch.len()];
        let mut out = Vec::with_capacity(live.len() + patch.len());
        let merged = |at: usize| {
            let (place, new) = patch.get(at)?;
            let mut same = live.iter().filter(|(other, _)| other == place);
            // Elements that stand twice are not merged.
            let old = same.next().filter(|_| same.next().is_none());
            Some(old.map_or(*new, |(_, old)| self.value(of, *old, *new)))
        };
        let (mut left, mut right) = (0, 0);
        while left < live.len() || right < patch.len() {
            let twin = in_patch.get(left).copied().flatten();
            if left < live.len() && right < patch.len() {
                if twin == Some(right) {
                    take(&mut taken, right);
                    out.extend(merged(right));
                    left += 1;
                    right += 1;
                    next = shared.next();
                    continue;
                }
                if twin.is_some() && next.is_some() && twin != next {
                    left += 1;
                    continue;
                }
            }
            if left < live.len() {
                match twin {
                    None => {
                        out.extend(live.get(left).map(|(_, old)| *old));
                        left += 1;
                        continue;
                    }
                    Some(at) if taken.get(at) == Some(&true) => left += 1,
                    Some(_) => {}
                }
            }
            if right < patch.len() {
                take(&mut taken, right);
                out.extend(merged(right));
                if next == Some(right) {
                    next = shared.next();
                }
                right += 1;
            }
        }
        list(self.bump, out)
    }
}

/// An element, and what it is known by.
type Placed<'p, 'v> = (Option<Place<'p>>, Value<'v>);

fn placed<'p, 'v: 'p>(merge: &'p Merge, items: List<'v>) -> Vec<Placed<'p, 'v>> {
    let placed = items.iter().map(|item| (Place::of(merge, item).ok(), item));
    placed.collect()
}

fn take(taken: &mut [bool], at: usize) {
    if let Some(slot) = taken.get_mut(at) {
        *slot = true;
    }
}
