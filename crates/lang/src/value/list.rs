//! The list view: a stretch of a tape, or a slice made while evaluating.

use super::{Node, Value, tape};

/// A list; `Copy`, like [`Value`].
#[derive(Clone, Copy)]
pub struct List<'a>(pub(super) Repr<'a>);

#[derive(Clone, Copy)]
pub(super) enum Repr<'a> {
    /// The items' nodes, without the list's own node.
    Tape {
        nodes: &'a [Node<'a>],
        len: u32,
    },
    Made(&'a [Value<'a>]),
    /// Made, and not a list of just anything: see [`List::records`].
    Records(&'a [Value<'a>]),
}

impl<'a> List<'a> {
    /// The list without items.
    pub const EMPTY: List<'static> = List(Repr::Made(&[]));

    pub(super) fn from_tape(nodes: &'a [Node<'a>], len: usize) -> Self {
        List(Repr::Tape {
            nodes,
            len: len as u32,
        })
    }

    /// A list over a slice that outlives the evaluation.
    pub fn from_slice(items: &'a [Value<'a>]) -> Self {
        List(Repr::Made(items))
    }

    /// A list whose every item is a map, and that the reference engine therefore keeps in
    /// another Go type: it equals no plain list, and some functions refuse it.
    pub fn records(items: &'a [Value<'a>]) -> Self {
        List(Repr::Records(items))
    }

    /// Was it made by [`List::records`]?
    pub fn is_records(self) -> bool {
        matches!(self.0, Repr::Records(_))
    }

    /// How many items.
    pub fn len(self) -> usize {
        match self.0 {
            Repr::Tape { len, .. } => len as usize,
            Repr::Made(items) | Repr::Records(items) => items.len(),
        }
    }

    /// See [`Value::nodes`].
    pub(super) fn nodes(self) -> Option<usize> {
        match self.0 {
            Repr::Tape { nodes, .. } => Some(nodes.len() + 1),
            Repr::Made(_) | Repr::Records(_) => None,
        }
    }

    /// Has it no items?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The item at `index`. On a tape this steps over the items before it.
    pub fn get(self, index: usize) -> Option<Value<'a>> {
        match self.0 {
            Repr::Tape { .. } => self.iter().nth(index),
            Repr::Made(items) | Repr::Records(items) => items.get(index).copied(),
        }
    }

    /// The first item.
    pub fn first(self) -> Option<Value<'a>> {
        self.iter().next()
    }

    /// The items in order.
    pub fn iter(self) -> ListIter<'a> {
        ListIter(self.0)
    }

    /// Are the two the same stretch of memory? Tells equal lists from others without a look at
    /// them, where one was made by changing something around the other.
    pub fn is_same(self, other: List<'a>) -> bool {
        match (self.0, other.0) {
            (Repr::Tape { nodes: a, .. }, Repr::Tape { nodes: b, .. }) => std::ptr::eq(a, b),
            (Repr::Made(a), Repr::Made(b)) | (Repr::Records(a), Repr::Records(b)) => {
                std::ptr::eq(a, b)
            }
            _ => false,
        }
    }

    pub(super) fn equals(self, other: List<'_>) -> bool {
        self.is_same(other)
            || self.len() == other.len()
                && self.is_records() == other.is_records()
                && self.iter().eq(other.iter())
    }
}

impl Default for List<'_> {
    fn default() -> Self {
        List::EMPTY
    }
}

impl<'a> IntoIterator for List<'a> {
    type Item = Value<'a>;
    type IntoIter = ListIter<'a>;

    fn into_iter(self) -> ListIter<'a> {
        self.iter()
    }
}

impl std::fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Walks the items of a [`List`].
#[derive(Clone)]
pub struct ListIter<'a>(Repr<'a>);

impl<'a> Iterator for ListIter<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        match &mut self.0 {
            Repr::Tape { nodes, len } => {
                let (value, rest) = tape::split_first(nodes)?;
                *nodes = rest;
                *len = len.saturating_sub(1);
                Some(value)
            }
            Repr::Made(items) | Repr::Records(items) => {
                let (first, rest) = items.split_first()?;
                *items = rest;
                Some(*first)
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let len = List(self.0).len();
        (len, Some(len))
    }
}

impl ExactSizeIterator for ListIter<'_> {}
