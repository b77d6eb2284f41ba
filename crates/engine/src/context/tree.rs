//! The variable tree: maps that are changed by making new ones, sharing all that stays.

use bumpalo::Bump;
use portcullis_lang::value::{List, Map, Value, list, map};

use crate::review::Review;

/// `request` as variables see it: what the API server sent, and the user's roles.
pub(super) fn request<'v>(review: &Review<'v>, bump: &'v Bump) -> Value<'v> {
    let Some(sent) = review.request.as_map().filter(|_| review.admission) else {
        return review.request;
    };
    let names = |names: &'v [&'v str]| list(bump, names.iter().map(|name| Value::Str(name)));
    let roles = [
        ("roles", review.user.roles),
        ("clusterRoles", review.user.cluster_roles),
    ];
    let roles = roles.into_iter().filter(|(_, roles)| !roles.is_empty());
    let roles: Vec<_> = roles.map(|(key, roles)| (key, names(roles))).collect();
    if roles.is_empty() {
        return review.request;
    }
    Value::Map(with(bump, sent, &roles))
}

/// Namespace and name of `system:serviceaccount:NAMESPACE:NAME`; empty for any other user.
pub(super) fn service_account(username: &str) -> (&str, &str) {
    username
        .strip_prefix("system:serviceaccount:")
        .and_then(|account| account.split_once(':'))
        .unwrap_or_default()
}

/// `base` with `entries` in the place of what had their keys.
pub(super) fn with<'v>(bump: &'v Bump, base: Map<'v>, entries: &[(&'v str, Value<'v>)]) -> Map<'v> {
    let replaced = |key: &str| entries.iter().any(|(name, _)| *name == key);
    let kept = base.iter().filter(|(key, _)| !replaced(key));
    // The variables of a loop come before all others, so that nothing is left to sort.
    map(bump, entries.iter().copied().chain(kept))
}

/// `base` without `key`.
pub(super) fn without<'v>(bump: &'v Bump, base: Map<'v>, key: &str) -> Map<'v> {
    if !base.contains_key(key) {
        return base;
    }
    map(bump, base.iter().filter(|(name, _)| *name != key))
}

/// `base` with `value` at `path`; what is on the way and no map becomes one.
pub(super) fn put<'v>(
    bump: &'v Bump,
    base: Map<'v>,
    path: &[&'v str],
    value: Value<'v>,
) -> Map<'v> {
    let Some((key, rest)) = path.split_first() else {
        return base;
    };
    let value = if rest.is_empty() {
        value
    } else {
        let inner = base.get(key).and_then(Value::as_map).unwrap_or(Map::EMPTY);
        Value::Map(put(bump, inner, rest, value))
    };
    with(bump, base, &[(*key, value)])
}

/// `new` over `old`: maps together, key by key; anything else replaced.
pub(super) fn merged<'v>(bump: &'v Bump, old: Value<'v>, new: Value<'v>) -> Value<'v> {
    let (Value::Map(old), Value::Map(new)) = (old, new) else {
        return new;
    };
    let over = new.iter().map(|(key, value)| match old.get(key) {
        Some(before) => (key, merged(bump, before, value)),
        None => (key, value),
    });
    Value::Map(map(bump, old.iter().chain(over)))
}

/// `value` as it is once it was written out as JSON and read again by an expression: every number
/// a double. Shared where there is nothing to change.
pub(super) fn doubles<'v>(bump: &'v Bump, value: Value<'v>) -> Value<'v> {
    if !needs_settling(value) {
        return value;
    }
    match value {
        Value::Int(number) => Value::Float(number as f64),
        Value::List(items) => list(bump, items.iter().map(|item| doubles(bump, item))),
        Value::Map(entries) => {
            let entries = entries.iter().map(|(key, item)| (key, doubles(bump, item)));
            Value::Map(map(bump, entries))
        }
        other => other,
    }
}

/// Is there anything that a trip through JSON changes: a whole number, a list of `items()`?
fn needs_settling(value: Value<'_>) -> bool {
    match value {
        Value::Int(_) => true,
        Value::List(items) => items.is_records() || items.iter().any(needs_settling),
        Value::Map(entries) => entries.iter().any(|(_, item)| needs_settling(item)),
        _ => false,
    }
}

/// About how many bytes `value` has as compact JSON, escapes not counted.
pub(super) fn weight(value: Value<'_>) -> usize {
    let separators = |count: usize| 2 + count.saturating_sub(1);
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Int(_) | Value::Float(_) => 8,
        Value::Str(text) => text.len() + 2,
        Value::List(items) => {
            separators(items.len()) + List::iter(items).map(weight).sum::<usize>()
        }
        Value::Map(entries) => {
            let each = |(key, item): (&str, Value<'_>)| key.len() + 3 + weight(item);
            separators(entries.len()) + entries.iter().map(each).sum::<usize>()
        }
    }
}

/// The parts of a path with dots; `a."b.c".d` has three. Quotes are doubled to stand for one.
pub(super) fn dotted<'v>(path: &str, bump: &'v Bump) -> &'v [&'v str] {
    let mut parts = bumpalo::collections::Vec::new_in(bump);
    let mut part = String::new();
    let mut quoted = false;
    let mut chars = path.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                part.push('"');
            }
            '"' if quoted || part.is_empty() => quoted = !quoted,
            '.' if !quoted => {
                parts.push(&*bump.alloc_str(&part));
                part.clear();
            }
            c => part.push(c),
        }
    }
    parts.push(&*bump.alloc_str(&part));
    parts.into_bump_slice()
}
