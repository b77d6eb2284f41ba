//! Merging lists whose elements are told apart by keys.
//!
//! Where every element of both lists is a map with all of its keys, each combination once, the
//! result is what one expects: the patch's elements first, then the others; in a list with two keys,
//! new elements first. All other lists go through [`accidents`], which does to them what the
//! reference engine's merge library does.

mod accidents;

use std::collections::{HashMap, HashSet};

use bumpalo::collections::Vec;
use portcullis_lang::value::{List, Value, list};

use super::error::MergeError;
use super::merge::{Directive, Fate, Merge};
use super::schema::Schema;
use crate::actions::mutate::text;

/// What a list is merged with.
#[derive(Clone, Copy, Debug)]
pub(super) enum With<'v> {
    /// Nothing: the patch does not reach it.
    Nothing,
    /// The patch's list.
    Patch(List<'v>),
    /// Itself: it comes from the patch, and takes the place of what was there.
    Itself,
}

/// Merges a list.
///
/// Linear in the lengths for well-formed lists.
///
/// # Errors
///
/// [`MergeError::ListTooLong`], for long lists that are not well-formed; and those of the elements.
pub(super) fn merge<'v>(
    merge: Merge<'v>,
    items: List<'v>,
    with: With<'v>,
    keys: &'static [&'static str],
    of: Schema,
) -> Result<Fate<'v>, MergeError> {
    let patch = match with {
        With::Patch(patch) => patch,
        With::Nothing | With::Itself => List::EMPTY,
    };
    let (Some(own), Some(theirs)) = (identify(merge, items, keys), identify(merge, patch, keys))
    else {
        return accidents::merge(merge, items, with, keys, of);
    };
    match with {
        With::Itself => settle(merge, &own, of),
        With::Nothing | With::Patch(_) => join(merge, &own, &theirs, keys, of),
    }
}

/// Is this an element that no merged list keeps: null, or a map without entries?
pub(super) fn is_nothing(value: Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Map(map) => map.is_empty(),
        _ => false,
    }
}

/// An element and the texts of its keys: no built-in list has more than two.
#[derive(Clone, Copy)]
struct Element<'v> {
    id: (&'v str, &'v str),
    value: Value<'v>,
}

/// The elements with their keys; `None` where one lacks a key or two have the same.
fn identify<'v>(merge: Merge<'v>, items: List<'v>, keys: &[&str]) -> Option<Vec<'v, Element<'v>>> {
    let mut elements = Vec::with_capacity_in(items.len(), merge.bump);
    let mut seen = HashSet::with_capacity(items.len());
    for value in items {
        let key = |place: usize| match keys.get(place) {
            None => Some(""),
            Some(key) => key_text(merge, value, key),
        };
        let id = (key(0)?, key(1)?);
        if !seen.insert(id) {
            return None;
        }
        elements.push(Element { id, value });
    }
    Some(elements)
}

/// The text of a key that an element must have; an element of a list of texts is its own key.
fn key_text<'v>(merge: Merge<'v>, element: Value<'v>, key: &str) -> Option<&'v str> {
    let value = if key.is_empty() {
        element
    } else {
        element.get(key)?
    };
    if value.is_null() {
        return None;
    }
    Some(text::of_node(merge.bump, value)).filter(|text| !text.is_empty())
}

fn settle<'v>(merge: Merge<'v>, own: &[Element<'v>], of: Schema) -> Result<Fate<'v>, MergeError> {
    let mut made = Vec::with_capacity_in(own.len(), merge.bump);
    for element in own {
        made.extend(kept(merge.settle(element.value, of)?, element.value));
    }
    Ok(Fate::Made(list(merge.bump, made)))
}

/// What is left of an element.
fn kept<'v>(fate: Fate<'v>, own: Value<'v>) -> Option<Value<'v>> {
    let value = match fate {
        Fate::Kept => own,
        Fate::Made(value) => value,
        Fate::Gone => return None,
    };
    (!is_nothing(value)).then_some(value)
}

fn join<'v>(
    merge: Merge<'v>,
    own: &[Element<'v>],
    theirs: &[Element<'v>],
    keys: &[&str],
    of: Schema,
) -> Result<Fate<'v>, MergeError> {
    let places: HashMap<_, _> = own
        .iter()
        .enumerate()
        .map(|(at, element)| (element.id, at))
        .collect();
    // What stands at each place of the resource's list afterwards; `Err` is one not looked at yet.
    let mut after = Vec::with_capacity_in(own.len(), merge.bump);
    after.extend(own.iter().map(|element| Err(element.value)));
    let mut front = Vec::new_in(merge.bump);
    for element in theirs {
        let place = places.get(&element.id);
        let known = place.and_then(|at| own.get(*at)).map(|own| own.value);
        let fate = merge.node(known, Some(element.value), of)?;
        let value = match known {
            // Replaced, not changed in its place: the library then puts the old element back.
            Some(known) if !matches!(fate, Fate::Gone) && replaces(merge, element.value)? => {
                Some(known)
            }
            _ => kept(fate, known.unwrap_or_default()),
        };
        match place.and_then(|at| after.get_mut(*at)) {
            Some(slot) if keys.len() > 1 => *slot = Ok(value),
            Some(slot) => {
                *slot = Ok(None);
                front.extend(value);
            }
            None => front.extend(value),
        }
    }
    let mut changed = !theirs.is_empty();
    for slot in after {
        match slot {
            Ok(value) => front.extend(value),
            Err(value) => {
                let fate = merge.node(Some(value), None, of)?;
                changed |= !matches!(fate, Fate::Kept);
                front.extend(kept(fate, value));
            }
        }
    }
    Ok(if changed {
        Fate::Made(list(merge.bump, front))
    } else {
        Fate::Kept
    })
}

/// Does an element of a patch ask to take the old one's place, as scalars always do?
fn replaces<'v>(merge: Merge<'v>, patch: Value<'v>) -> Result<bool, MergeError> {
    match patch {
        Value::Map(map) => Ok(merge.directive_of_map(map)?.0 == Directive::Replace),
        _ => Ok(true),
    }
}
