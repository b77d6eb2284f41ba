//! The map view: a stretch of a tape, or sorted entries made while evaluating.

use bumpalo::Bump;

use super::{Node, Value, tape};

/// A map with text keys; `Copy`, like [`Value`].
///
/// On a tape the entries keep the order of the document, and a key that stands twice is seen
/// twice by [`Map::iter`]; [`Map::get`] takes the last, as Go does. Documents that are read
/// from files hold each key once ([`super::Document`] sees to it), and an API server encodes
/// every object anew, so only a forged request can show a double.
#[derive(Clone, Copy)]
pub struct Map<'a>(pub(super) Repr<'a>);

#[derive(Clone, Copy)]
pub(super) enum Repr<'a> {
    /// Key and value nodes in turn, without the map's own node.
    Tape { nodes: &'a [Node<'a>], len: u32 },
    /// Sorted by key, each key once.
    Made(&'a [(&'a str, Value<'a>)]),
}

/// Up to so many made entries are gone through.
const FEW: usize = 8;

impl<'a> Map<'a> {
    /// The map without entries.
    pub const EMPTY: Map<'static> = Map(Repr::Made(&[]));

    pub(super) fn from_tape(nodes: &'a [Node<'a>], len: usize) -> Self {
        Map(Repr::Tape {
            nodes,
            len: len as u32,
        })
    }

    /// A map over entries that the caller has sorted by key, each key once.
    pub(super) fn from_sorted(entries: &'a [(&'a str, Value<'a>)]) -> Self {
        debug_assert!(
            entries.is_sorted_by(|a, b| a.0 < b.0),
            "entries are sorted, each key once"
        );
        Map(Repr::Made(entries))
    }

    /// How many entries.
    pub fn len(self) -> usize {
        match self.0 {
            Repr::Tape { len, .. } => len as usize,
            Repr::Made(entries) => entries.len(),
        }
    }

    /// See [`Value::nodes`].
    pub(super) fn nodes(self) -> Option<usize> {
        match self.0 {
            Repr::Tape { nodes, .. } => Some(nodes.len() + 1),
            Repr::Made(_) => None,
        }
    }

    /// Has it no entries?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The value under `key`. Walks the keys of a tape; halves a made map, if it is large.
    pub fn get(self, key: &str) -> Option<Value<'a>> {
        match self.0 {
            Repr::Tape { nodes, .. } => tape::entry(nodes, key),
            Repr::Made(entries) if entries.len() <= FEW => {
                // The order of two keys is a call, and that they differ in length is seen without.
                let (_, value) = entries.iter().find(|(name, _)| *name == key)?;
                Some(*value)
            }
            Repr::Made(entries) => {
                let index = entries
                    .binary_search_by(|(name, _)| (*name).cmp(key))
                    .ok()?;
                entries.get(index).map(|(_, value)| *value)
            }
        }
    }

    /// Is there such a key, whatever its value?
    pub fn contains_key(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// The entries: in document order on a tape, by key in a made map.
    pub fn iter(self) -> MapIter<'a> {
        MapIter(self.0)
    }

    /// The entries by ascending key bytes, the order in which the reference prints maps.
    ///
    /// Free for a made map; allocates in `bump` and sorts for a tape.
    pub fn sorted(self, bump: &'a Bump) -> &'a [(&'a str, Value<'a>)] {
        match self.0 {
            Repr::Made(entries) => entries,
            Repr::Tape { .. } => {
                let mut entries = bumpalo::collections::Vec::with_capacity_in(self.len(), bump);
                entries.extend(self.iter());
                super::made::sort_entries(&mut entries);
                entries.into_bump_slice()
            }
        }
    }

    /// Are the two the same stretch of memory? See [`super::List::is_same`].
    pub fn is_same(self, other: Map<'a>) -> bool {
        match (self.0, other.0) {
            (Repr::Tape { nodes: a, .. }, Repr::Tape { nodes: b, .. }) => std::ptr::eq(a, b),
            (Repr::Made(a), Repr::Made(b)) => std::ptr::eq(a, b),
            _ => false,
        }
    }

    pub(super) fn equals(self, other: Map<'_>) -> bool {
        self.is_same(other)
            || self.len() == other.len()
                && self
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|v| v == value))
    }
}

impl Default for Map<'_> {
    fn default() -> Self {
        Map::EMPTY
    }
}

impl<'a> IntoIterator for Map<'a> {
    type Item = (&'a str, Value<'a>);
    type IntoIter = MapIter<'a>;

    fn into_iter(self) -> MapIter<'a> {
        self.iter()
    }
}

impl std::fmt::Debug for Map<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

/// Walks the entries of a [`Map`].
#[derive(Clone)]
pub struct MapIter<'a>(Repr<'a>);

impl<'a> Iterator for MapIter<'a> {
    type Item = (&'a str, Value<'a>);

    fn next(&mut self) -> Option<(&'a str, Value<'a>)> {
        match &mut self.0 {
            Repr::Tape { nodes, len } => {
                let (key, rest) = nodes.split_first()?;
                let (value, rest) = tape::split_first(rest)?;
                *nodes = rest;
                *len = len.saturating_sub(1);
                match key {
                    Node::String(name) => Some((name, value)),
                    _ => None,
                }
            }
            Repr::Made(entries) => {
                let (first, rest) = entries.split_first()?;
                *entries = rest;
                Some(*first)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = Map(self.0).len();
        (len, Some(len))
    }
}

impl ExactSizeIterator for MapIter<'_> {}
