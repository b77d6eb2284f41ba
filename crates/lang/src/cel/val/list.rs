//! Lists: of a document, of a program's constants, or made while evaluating.

use super::{Constant, Reading, Val};
use crate::value;

/// A list; `Copy`, like [`Val`].
#[derive(Clone, Copy, Debug)]
pub struct List<'v>(Repr<'v>);

#[derive(Clone, Copy, Debug)]
enum Repr<'v> {
    Json(value::List<'v>, Reading),
    Made(&'v [Val<'v>]),
    Constant(&'v [Constant]),
}

impl<'v> List<'v> {
    /// The list without elements.
    pub const EMPTY: List<'static> = List(Repr::Made(&[]));

    /// A list that the evaluation made.
    pub fn made(items: &'v [Val<'v>]) -> Self {
        List(Repr::Made(items))
    }

    /// A list of a document.
    pub(super) fn of(list: value::List<'v>, reading: Reading) -> Self {
        List(Repr::Json(list, reading))
    }

    /// A list that the program spells out.
    pub(crate) fn constant(items: &'v [Constant]) -> Self {
        List(Repr::Constant(items))
    }

    /// How many elements.
    pub fn len(self) -> usize {
        match self.0 {
            Repr::Json(list, _) => list.len(),
            Repr::Made(items) => items.len(),
            Repr::Constant(items) => items.len(),
        }
    }

    /// Has it no elements?
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The element at `index`. In a document this steps over the elements before it.
    pub fn get(self, index: usize) -> Option<Val<'v>> {
        match self.0 {
            Repr::Json(list, reading) => list.get(index).map(|value| Val::read(value, reading)),
            Repr::Made(items) => items.get(index).copied(),
            Repr::Constant(items) => items.get(index).map(Constant::view),
        }
    }

    /// The elements in order.
    pub fn iter(self) -> ListIter<'v> {
        ListIter(match self.0 {
            Repr::Json(list, reading) => Iter::Json(list.iter(), reading),
            Repr::Made(items) => Iter::Made(items.iter()),
            Repr::Constant(items) => Iter::Constant(items.iter()),
        })
    }
}

impl<'v> IntoIterator for List<'v> {
    type Item = Val<'v>;
    type IntoIter = ListIter<'v>;

    fn into_iter(self) -> ListIter<'v> {
        self.iter()
    }
}

/// Walks the elements of a [`List`].
#[derive(Clone)]
pub struct ListIter<'v>(Iter<'v>);

#[derive(Clone)]
enum Iter<'v> {
    Json(value::ListIter<'v>, Reading),
    Made(std::slice::Iter<'v, Val<'v>>),
    Constant(std::slice::Iter<'v, Constant>),
}

impl<'v> Iterator for ListIter<'v> {
    type Item = Val<'v>;

    fn next(&mut self) -> Option<Val<'v>> {
        match &mut self.0 {
            Iter::Json(items, reading) => {
                let reading = *reading;
                items.next().map(|value| Val::read(value, reading))
            }
            Iter::Made(items) => items.next().copied(),
            Iter::Constant(items) => items.next().map(Constant::view),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.0 {
            Iter::Json(items, _) => items.size_hint(),
            Iter::Made(items) => items.size_hint(),
            Iter::Constant(items) => items.size_hint(),
        }
    }
}

impl ExactSizeIterator for ListIter<'_> {}
