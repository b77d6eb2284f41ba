//! What calls cost, by the size of what they look at.

use crate::cel::val::Val;

/// A character costs a tenth of a unit, rounded up over all.
pub(crate) fn tenth(size: usize) -> u64 {
    size.div_ceil(10) as u64
}

/// The size of a value: characters, bytes, elements, entries; one for anything else.
pub(crate) fn size(value: Val<'_>) -> usize {
    value.size().unwrap_or(1)
}

fn size_at(args: &[Val<'_>], index: usize) -> usize {
    args.get(index).map_or(0, |arg| size(*arg))
}

/// Looks through the first argument.
pub(crate) fn first(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(size_at(args, 0))
}

/// Looks through the first argument and makes something as long.
pub(crate) fn first_twice(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(2 * size_at(args, 0))
}

/// Looks through the shorter of two arguments.
pub(crate) fn shorter(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(size_at(args, 0).min(size_at(args, 1)))
}

/// Looks through two arguments.
pub(crate) fn both(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(size_at(args, 0) + size_at(args, 1))
}

/// Looks for the second argument everywhere in the first.
pub(crate) fn product(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(size_at(args, 0)).saturating_mul(tenth(size_at(args, 1)))
}

/// Matches a pattern, the second argument.
pub(crate) fn regex(args: &[Val<'_>], _: Val<'_>) -> u64 {
    let pattern = size_at(args, 1).div_ceil(4) as u64;
    tenth(1 + size_at(args, 0)).saturating_mul(pattern)
}

/// Looks at each element of the second argument.
pub(crate) fn elements(args: &[Val<'_>], _: Val<'_>) -> u64 {
    size_at(args, 1) as u64
}

/// Makes the result, twice over.
pub(crate) fn result_twice(_: &[Val<'_>], result: Val<'_>) -> u64 {
    tenth(2 * size(result))
}

/// Looks through the first argument, lists element by element.
pub(crate) fn traversal(args: &[Val<'_>], _: Val<'_>) -> u64 {
    args.first().map_or(0, |value| walk(*value))
}

fn walk(value: Val<'_>) -> u64 {
    match value {
        Val::List(list) => list.iter().map(walk).fold(0, u64::saturating_add),
        Val::Map(map) => map
            .iter()
            .map(|(key, value)| walk(key).saturating_add(walk(value)))
            .fold(0, u64::saturating_add),
        Val::Str(_) | Val::Bytes(_) => tenth(size(value)),
        _ => 1,
    }
}

/// Compares each element of one list with each of another.
pub(crate) fn pairs(args: &[Val<'_>], _: Val<'_>) -> u64 {
    (size_at(args, 0) as u64).saturating_mul(size_at(args, 1) as u64) + 1
}

/// Compares each element of the first list with each.
pub(crate) fn pairs_of_first(args: &[Val<'_>], _: Val<'_>) -> u64 {
    let size = size_at(args, 0) as u64;
    size.saturating_mul(size) + 11
}

/// Makes a list of the result's size.
pub(crate) fn list_result(_: &[Val<'_>], result: Val<'_>) -> u64 {
    size(result) as u64 + 11
}

/// Matches a text, the second argument, with a named format: as with a pattern of 60 characters.
pub(crate) fn format(args: &[Val<'_>], _: Val<'_>) -> u64 {
    tenth(1 + size_at(args, 1)).saturating_mul(15)
}
