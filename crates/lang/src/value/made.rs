//! Making values while evaluating: everything lands in the evaluation's own memory.

use bumpalo::Bump;

use super::{List, Map, Value};

/// A list of `items`.
pub fn list<'a>(bump: &'a Bump, items: impl IntoIterator<Item = Value<'a>>) -> Value<'a> {
    let mut made = bumpalo::collections::Vec::new_in(bump);
    made.extend(items);
    Value::List(List::from_slice(made.into_bump_slice()))
}

/// A map of `entries`, sorted here; the last of two equal keys wins.
pub fn map<'a>(bump: &'a Bump, entries: impl IntoIterator<Item = (&'a str, Value<'a>)>) -> Map<'a> {
    let mut made = bumpalo::collections::Vec::new_in(bump);
    made.extend(entries);
    sort_entries(&mut made);
    Map::from_sorted(made.into_bump_slice())
}

/// A map over entries that lie in the bump already, sorted in place; the last of two equal keys
/// wins.
pub fn map_in_place<'a>(
    mut entries: bumpalo::collections::Vec<'a, (&'a str, Value<'a>)>,
) -> Value<'a> {
    sort_entries(&mut entries);
    Value::Map(Map::from_sorted(entries.into_bump_slice()))
}

/// [`map`], as a value.
pub fn object<'a>(
    bump: &'a Bump,
    entries: impl IntoIterator<Item = (&'a str, Value<'a>)>,
) -> Value<'a> {
    Value::Map(map(bump, entries))
}

/// A map over entries that are sorted by key bytes already, each key once.
pub fn map_from_sorted<'a>(entries: &'a [(&'a str, Value<'a>)]) -> Value<'a> {
    Value::Map(Map::from_sorted(entries))
}

/// What entries live in while they are sorted: a `Vec` on the heap or in a bump.
pub(super) trait Entries<'a>: AsMut<[(&'a str, Value<'a>)]> {
    fn retain_by(&mut self, keep: impl FnMut(&(&'a str, Value<'a>)) -> bool);
}

impl<'a> Entries<'a> for Vec<(&'a str, Value<'a>)> {
    fn retain_by(&mut self, keep: impl FnMut(&(&'a str, Value<'a>)) -> bool) {
        self.retain(keep);
    }
}

impl<'a> Entries<'a> for bumpalo::collections::Vec<'_, (&'a str, Value<'a>)> {
    fn retain_by(&mut self, keep: impl FnMut(&(&'a str, Value<'a>)) -> bool) {
        self.retain(keep);
    }
}

/// Sorts by key bytes and keeps the last entry of each key.
pub(super) fn sort_entries<'a>(entries: &mut impl Entries<'a>) {
    let slice = entries.as_mut();
    if slice.is_sorted_by(|a, b| a.0 < b.0) {
        return;
    }
    // Stable, so that the last of equal keys stays last; then each but the last is dropped.
    slice.reverse();
    slice.sort_by(|a, b| a.0.cmp(b.0));
    let mut last: Option<&'a str> = None;
    entries.retain_by(|(key, _)| last.replace(key) != Some(*key));
}

/// A copy of `value` that lives as long as `bump`, whatever it was borrowed from.
pub fn copy<'a>(bump: &'a Bump, value: Value<'_>) -> Value<'a> {
    match value {
        Value::Null => Value::Null,
        Value::Bool(flag) => Value::Bool(flag),
        Value::Int(number) => Value::Int(number),
        Value::Float(number) => Value::Float(number),
        Value::Str(text) => Value::Str(bump.alloc_str(text)),
        Value::List(items) => list(bump, items.iter().map(|item| copy(bump, item))),
        Value::Map(entries) => object(
            bump,
            entries
                .iter()
                .map(|(key, item)| (&*bump.alloc_str(key), copy(bump, item))),
        ),
    }
}
