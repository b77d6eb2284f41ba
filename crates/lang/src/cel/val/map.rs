//! Maps: of a document, of a program's constants, or made while evaluating.

use std::cmp::Ordering;
use std::collections::HashSet;

use bumpalo::{Bump, collections::Vec as BumpVec};

use super::order::compare_numbers;
use super::{Constant, Fault, Reading, Val};
use crate::value;

/// A map; `Copy`, like [`Val`].
#[derive(Clone, Copy, Debug)]
pub struct Map<'v>(Repr<'v>);

#[derive(Clone, Copy, Debug)]
enum Repr<'v> {
    Json(value::Map<'v>, Reading),
    /// Sorted by key, each key once.
    Made(&'v [(Val<'v>, Val<'v>)]),
    /// Sorted by key, each key once.
    Constant(&'v [(Constant, Constant)]),
}

impl<'v> Map<'v> {
    /// The map without entries.
    pub const EMPTY: Map<'static> = Map(Repr::Made(&[]));

    /// A map of a document.
    pub(super) fn of(map: value::Map<'v>, reading: Reading) -> Self {
        Map(Repr::Json(map, reading))
    }

    /// A map that the program spells out, sorted by key.
    pub(crate) fn constant(entries: &'v [(Constant, Constant)]) -> Self {
        Map(Repr::Constant(entries))
    }

    /// How many entries.
    pub fn len(self) -> usize {
        match self.0 {
            Repr::Json(map, _) => map.len(),
            Repr::Made(entries) => entries.len(),
            Repr::Constant(entries) => entries.len(),
        }
    }

    /// Has it no entries?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value under a text key.
    pub fn field(self, key: &str) -> Option<Val<'v>> {
        match self.0 {
            Repr::Json(map, reading) => map.get(key).map(|value| Val::read(value, reading)),
            _ => self.get(Val::Str(key)),
        }
    }

    /// The value under `key`; whole numbers of all kinds are one key.
    pub fn get<'k>(self, key: Val<'k>) -> Option<Val<'v>>
    where
        'v: 'k,
    {
        match self.0 {
            Repr::Json(map, reading) => {
                let value = map.get(key.as_str()?)?;
                Some(Val::read(value, reading))
            }
            Repr::Made(entries) => {
                let at = entries.binary_search_by(|(k, _)| key_order(*k, key)).ok()?;
                entries.get(at).map(|(_, value)| *value)
            }
            Repr::Constant(entries) => {
                let order = |(k, _): &(Constant, Constant)| key_order(k.view(), key);
                let at = entries.binary_search_by(order).ok()?;
                entries.get(at).map(|(_, value)| value.view())
            }
        }
    }

    /// The entries: in document order, or by key.
    pub fn iter(self) -> MapIter<'v> {
        MapIter(match self.0 {
            Repr::Json(map, reading) => Iter::Json(map.iter(), reading),
            Repr::Made(entries) => Iter::Made(entries.iter()),
            Repr::Constant(entries) => Iter::Constant(entries.iter()),
        })
    }

    /// The entries by key.
    pub(crate) fn sorted(self) -> Vec<(Val<'v>, Val<'v>)> {
        let mut entries: Vec<_> = self.iter().collect();
        if matches!(self.0, Repr::Json(..)) {
            entries.sort_by(|a, b| key_order(a.0, b.0));
        }
        entries
    }
}

/// Walks the entries of a [`Map`].
#[derive(Clone)]
pub struct MapIter<'v>(Iter<'v>);

#[derive(Clone)]
enum Iter<'v> {
    Json(value::MapIter<'v>, Reading),
    Made(std::slice::Iter<'v, (Val<'v>, Val<'v>)>),
    Constant(std::slice::Iter<'v, (Constant, Constant)>),
}

impl<'v> Iterator for MapIter<'v> {
    type Item = (Val<'v>, Val<'v>);

    fn next(&mut self) -> Option<Self::Item> {
        match &mut self.0 {
            Iter::Json(entries, reading) => {
                let (key, value) = entries.next()?;
                Some((Val::Str(key), Val::read(value, *reading)))
            }
            Iter::Made(entries) => entries.next().copied(),
            Iter::Constant(entries) => {
                let (key, value) = entries.next()?;
                Some((key.view(), value.view()))
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Iter::Json(entries, _) => entries.size_hint(),
            Iter::Made(entries) => entries.size_hint(),
            Iter::Constant(entries) => entries.size_hint(),
        }
    }
}

impl ExactSizeIterator for MapIter<'_> {}

/// Collects the entries of a map.
pub(crate) struct MapBuilder<'v> {
    entries: BumpVec<'v, (Val<'v>, Val<'v>)>,
    /// Which keys there are, once there are too many to look through.
    index: Option<HashSet<HashKey<'v>>>,
    bump: &'v Bump,
}

/// From this many entries on, finding out whether a key is new takes an index.
const MANY: usize = 16;

/// A key as something to look up: equal keys are equal.
#[derive(Eq, Hash, PartialEq)]
enum HashKey<'v> {
    Bool(bool),
    Integer(i128),
    Double(u64),
    Str(&'v str),
}

impl<'v> MapBuilder<'v> {
    pub(crate) fn new(bump: &'v Bump) -> Self {
        MapBuilder {
            entries: BumpVec::new_in(bump),
            index: None,
            bump,
        }
    }

    /// Adds an entry whose key is not there yet.
    ///
    /// # Errors
    ///
    /// Where it is, or is of a type that cannot be a key.
    pub(crate) fn insert_new(&mut self, key: Val<'v>, value: Val<'v>) -> Result<(), Fault<'v>> {
        if self.index.is_none() && self.entries.len() >= MANY {
            self.index = Some(
                self.entries
                    .iter()
                    .filter_map(|(key, _)| hash_key(*key))
                    .collect(),
            );
        }
        let new = match (&mut self.index, hash_key(key)) {
            (Some(index), Some(key)) => index.insert(key),
            _ => !self
                .entries
                .iter()
                .any(|(other, _)| key_order(*other, key).is_eq()),
        };
        if !new {
            let text = bumpalo::format!(in self.bump, "insert failed: key {} already exists", key);
            return Err(Fault::text(text.into_bump_str()));
        }
        self.insert(key, value)
    }

    /// Adds an entry; the last one of a key counts.
    ///
    /// # Errors
    ///
    /// Where the key is of a type that cannot be one.
    pub(crate) fn insert(&mut self, key: Val<'v>, value: Val<'v>) -> Result<(), Fault<'v>> {
        if !is_key(key) {
            return Err(Fault::text("unsupported key type"));
        }
        self.entries.push((key, value));
        Ok(())
    }

    /// The map.
    pub(crate) fn finish(mut self) -> Val<'v> {
        let ordered = |a: &(Val<'_>, _), b: &(Val<'_>, _)| key_order(a.0, b.0);
        if !self.entries.is_sorted_by(|a, b| ordered(a, b).is_lt()) {
            // Stable, so that the last of equal keys comes first; then the others are dropped.
            self.entries.reverse();
            self.entries.sort_by(ordered);
            self.entries.dedup_by(|a, b| key_order(a.0, b.0).is_eq());
        }
        Val::Map(Map(Repr::Made(self.entries.into_bump_slice())))
    }
}

fn hash_key(key: Val<'_>) -> Option<HashKey<'_>> {
    Some(match key {
        Val::Bool(flag) => HashKey::Bool(flag),
        Val::Int(number) => HashKey::Integer(number.into()),
        Val::Uint(number) => HashKey::Integer(number.into()),
        Val::Double(number) if number.fract() == 0.0 && number.abs() < 1e30 => {
            HashKey::Integer(number as i128)
        }
        Val::Double(number) => HashKey::Double(number.to_bits()),
        Val::Str(text) => HashKey::Str(text),
        _ => return None,
    })
}

/// Can it be a key of a made map?
pub(super) fn is_key(key: Val<'_>) -> bool {
    matches!(
        key,
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Uint(_) | Val::Double(_) | Val::Str(_)
    )
}

/// The order of keys in a made map: null, truth values, numbers, texts.
pub(super) fn key_order(a: Val<'_>, b: Val<'_>) -> Ordering {
    let rank = |key: Val<'_>| match key {
        Val::Null => 0,
        Val::Bool(_) => 1,
        Val::Int(_) | Val::Uint(_) | Val::Double(_) => 2,
        Val::Str(_) => 3,
        _ => 4,
    };
    match (a, b) {
        (Val::Bool(a), Val::Bool(b)) => a.cmp(&b),
        (Val::Str(a), Val::Str(b)) => a.cmp(b),
        (Val::Null, Val::Null) => Ordering::Equal,
        _ => rank(a)
            .cmp(&rank(b))
            .then_with(|| compare_numbers(a, b).unwrap_or(Ordering::Greater)),
    }
}
