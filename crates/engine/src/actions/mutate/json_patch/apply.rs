//! Applying operations, one after the other, to a value that never changes: each makes a new one
//! that shares all that it did not touch.
//!
//! Three things differ from the RFC, because the reference engine asks for them: negative indices
//! count from the end, `remove` of what is not there does nothing, and `add` makes the parents that
//! are missing.

use std::borrow::Cow;

use bumpalo::Bump;
use portcullis_lang::value::{List, Map, Value, list, object, to_json};

use super::container::{Container, parse_index};
use super::error::JsonPatchError;
use super::operation::{Kind, Operation};

/// Applies `operations` to `document`.
///
/// Cost: for each operation, a copy of the entries of every map and list on its path.
///
/// # Errors
///
/// Of the first operation that cannot be applied; nothing of the patch counts then.
pub fn apply<'v>(
    document: Value<'v>,
    operations: &[Operation<'_>],
    bump: &'v Bump,
) -> Result<Value<'v>, JsonPatchError> {
    let mut patcher = Patcher { document, bump };
    for operation in operations {
        patcher.apply(operation)?;
    }
    Ok(patcher.document)
}

/// A document that operations change.
pub(super) struct Patcher<'v> {
    pub(super) document: Value<'v>,
    pub(super) bump: &'v Bump,
}

/// A path taken apart: the keys that lead to a container, and the key in it.
pub(super) struct Place<'p> {
    pub(super) parents: Vec<Cow<'p, str>>,
    pub(super) key: Cow<'p, str>,
}

impl<'v> Patcher<'v> {
    fn apply(&mut self, operation: &Operation<'_>) -> Result<(), JsonPatchError> {
        let Operation {
            path, from, value, ..
        } = *operation;
        match operation.kind {
            Kind::Add => self.add(path, resource_value(self.bump, value)),
            Kind::Remove => self.remove(path),
            Kind::Replace => self.replace(path, resource_value(self.bump, value)),
            Kind::Move => self.relocate(from, path),
            Kind::Copy => self.duplicate(from, path),
            Kind::Test => self.test(path, value),
        }
    }

    fn add(&mut self, path: &str, value: Value<'v>) -> Result<(), JsonPatchError> {
        if path.is_empty() {
            self.document = value;
            return Ok(());
        }
        self.ensure_parents(path)?;
        let (place, container) = self.find(path).ok_or_else(|| JsonPatchError::Missing {
            operation: "add",
            what: "doc is missing path",
            path: format!("\"{path}\""),
        })?;
        let changed = container
            .add(&place.key, value, self.bump)
            .map_err(|cause| JsonPatchError::At {
                what: "error in add for path",
                path: path.to_owned(),
                cause,
            })?;
        self.put(&place.parents, changed);
        Ok(())
    }

    fn remove(&mut self, path: &str) -> Result<(), JsonPatchError> {
        let Some((place, container)) = self.find(path) else {
            return Ok(());
        };
        let changed =
            container
                .remove(&place.key, self.bump)
                .map_err(|cause| JsonPatchError::At {
                    what: "error in remove for path",
                    path: path.to_owned(),
                    cause,
                })?;
        self.put(&place.parents, changed);
        Ok(())
    }

    fn replace(&mut self, path: &str, value: Value<'v>) -> Result<(), JsonPatchError> {
        if path.is_empty() {
            self.document = value;
            return Ok(());
        }
        let missing = |what| JsonPatchError::Missing {
            operation: "replace",
            what,
            path: path.to_owned(),
        };
        let (place, container) = self
            .find(path)
            .ok_or_else(|| missing("doc is missing path"))?;
        if container.get(&place.key).is_err() {
            return Err(missing("doc is missing key"));
        }
        let changed = container
            .set(&place.key, value, self.bump)
            .map_err(|cause| JsonPatchError::At {
                // Sic.
                what: "error in remove for path",
                path: path.to_owned(),
                cause,
            })?;
        self.put(&place.parents, changed);
        Ok(())
    }

    fn relocate(&mut self, from: &str, path: &str) -> Result<(), JsonPatchError> {
        if from.is_empty() {
            return Err(JsonPatchError::MovesAll);
        }
        let missing = |what, path: &str| JsonPatchError::Missing {
            operation: "move",
            what,
            path: path.to_owned(),
        };
        let refused = |path: &str, cause| JsonPatchError::At {
            what: "error in move for path",
            path: path.to_owned(),
            cause,
        };
        let (source, container) = self
            .find(from)
            .ok_or_else(|| missing("doc is missing from path", from))?;
        let taken = container.get(&source.key).and_then(|value| {
            let left = container.remove(&source.key, self.bump)?;
            Ok((value, left))
        });
        let (value, left) = taken.map_err(|cause| refused(&source.key, cause))?;
        self.put(&source.parents, left);
        let (target, container) = self
            .find(path)
            .ok_or_else(|| missing("doc is missing destination path", path))?;
        let changed = container
            .add(&target.key, value, self.bump)
            .map_err(|cause| refused(path, cause))?;
        self.put(&target.parents, changed);
        Ok(())
    }

    fn duplicate(&mut self, from: &str, path: &str) -> Result<(), JsonPatchError> {
        let missing = |what, path| JsonPatchError::Missing {
            operation: "copy",
            what,
            path,
        };
        let (source, container) = self
            .find(from)
            .ok_or_else(|| missing("doc is missing from path", format!("\"{from}\"")))?;
        let value = container
            .get(&source.key)
            .map_err(|cause| JsonPatchError::At {
                what: "error in copy for from",
                path: from.to_owned(),
                cause,
            })?;
        let (target, container) = self
            .find(path)
            .ok_or_else(|| missing("doc is missing destination path", path.to_owned()))?;
        let changed = container
            .add(&target.key, value, self.bump)
            .map_err(JsonPatchError::Copied)?;
        self.put(&target.parents, changed);
        Ok(())
    }

    fn test(&mut self, path: &str, expected: Value<'_>) -> Result<(), JsonPatchError> {
        let found = if path.is_empty() {
            self.document
        } else {
            let (place, container) = self.find(path).ok_or_else(|| JsonPatchError::Missing {
                operation: "test",
                what: "is missing path",
                path: path.to_owned(),
            })?;
            match (container.get(&place.key), container) {
                (Ok(value), _) => value,
                // A key that is missing counts as one that is null.
                (Err(_), Container::Map(_)) => Value::Null,
                (Err(cause), Container::List(_)) => {
                    return Err(JsonPatchError::At {
                        what: "error in test for path",
                        path: path.to_owned(),
                        cause,
                    });
                }
            }
        };
        if reads_like(found, expected) {
            Ok(())
        } else {
            Err(JsonPatchError::TestFailed(path.to_owned()))
        }
    }

    /// The container that `path` leads into, if it leads anywhere.
    pub(super) fn find<'p>(&self, path: &'p str) -> Option<(Place<'p>, Container<'v>)> {
        let place = Place::parse(path)?;
        let container = self.container(&place.parents)?;
        Some((place, container))
    }

    fn container(&self, parents: &[Cow<'_, str>]) -> Option<Container<'v>> {
        parents
            .iter()
            .try_fold(Container::of(self.document)?, |container, key| {
                Container::of(container.get(key).ok()?)
            })
    }

    /// Puts a changed container in its place.
    pub(super) fn put(&mut self, parents: &[Cow<'_, str>], changed: Value<'v>) {
        self.document = self.rebuilt(self.document, parents, changed);
    }

    fn rebuilt(&self, value: Value<'v>, parents: &[Cow<'_, str>], changed: Value<'v>) -> Value<'v> {
        let Some((key, rest)) = parents.split_first() else {
            return changed;
        };
        let rebuilt = || {
            let container = Container::of(value)?;
            let below = self.rebuilt(container.get(key).ok()?, rest, changed);
            container.set(key, below, self.bump).ok()
        };
        rebuilt().unwrap_or(value)
    }

    /// Makes the maps and lists that are missing on the way to a new value.
    ///
    /// Whether a list or a map is made depends on the key that follows. A list grows by nulls up to
    /// the index that is asked for.
    fn ensure_parents(&mut self, path: &str) -> Result<(), JsonPatchError> {
        let raw: Vec<&str> = path.split('/').skip(1).collect();
        let keys: Vec<Cow<'_, str>> = raw.iter().map(|key| decode(key)).collect();
        for (depth, pair) in raw.windows(2).enumerate() {
            let [key, next] = pair else { continue };
            let (parents, Some(decoded)) = (keys.get(..depth).unwrap_or_default(), keys.get(depth))
            else {
                continue;
            };
            let container = self.container(parents);
            match container.map(|container| container.get(decoded)) {
                Some(Ok(Value::Map(_) | Value::List(_))) => continue,
                None | Some(Ok(Value::Null) | Err(_)) => {}
                Some(Ok(_)) => return Err(JsonPatchError::Invalid),
            }
            let index = parse_index(next);
            if let Some(index) = index.filter(|index| *index < -1) {
                return Err(JsonPatchError::NegativeIndex(index));
            }
            let Some(mut container) = container else {
                continue;
            };
            if let (Container::List(items), Some(index)) = (container, parse_index(key)) {
                for at in items.len()..usize::try_from(index).unwrap_or_default() {
                    container = self.grown(container, &at.to_string(), Value::Null);
                }
            }
            let made = match (index, *next) {
                (Some(index), _) => {
                    let nulls = usize::try_from(index).unwrap_or_default();
                    list(self.bump, std::iter::repeat_n(Value::Null, nulls))
                }
                (None, "-") => Value::List(List::EMPTY),
                (None, _) => Value::Map(Map::EMPTY),
            };
            let changed = match self.grown(container, key, made) {
                Container::Map(map) => Value::Map(map),
                Container::List(items) => Value::List(items),
            };
            self.put(parents, changed);
        }
        Ok(())
    }

    /// With `value` added where that is possible; as it was otherwise.
    fn grown(&self, container: Container<'v>, key: &str, value: Value<'v>) -> Container<'v> {
        let added = container
            .add(key, value, self.bump)
            .ok()
            .and_then(Container::of);
        added.unwrap_or(container)
    }
}

impl<'p> Place<'p> {
    /// `None` where the path does not start with a slash.
    fn parse(path: &'p str) -> Option<Place<'p>> {
        let (_, rest) = path.split_once('/')?;
        let mut parents: Vec<_> = rest.split('/').map(decode).collect();
        let key = parents.pop()?;
        Some(Place { parents, key })
    }
}

/// `~1` is a slash, `~0` a tilde.
fn decode(key: &str) -> Cow<'_, str> {
    if !key.contains('~') {
        return Cow::Borrowed(key);
    }
    let mut decoded = String::with_capacity(key.len());
    let mut rest = key;
    while let Some((before, after)) = rest.split_once('~') {
        decoded.push_str(before);
        rest = match (after.strip_prefix('1'), after.strip_prefix('0')) {
            (Some(after), _) => {
                decoded.push('/');
                after
            }
            (_, Some(after)) => {
                decoded.push('~');
                after
            }
            _ => {
                decoded.push('~');
                after
            }
        };
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// A copy as resources hold it: every number is a double.
pub(super) fn resource_value<'v>(bump: &'v Bump, value: Value<'_>) -> Value<'v> {
    match value {
        Value::Null => Value::Null,
        Value::Bool(flag) => Value::Bool(flag),
        Value::Int(number) => Value::Float(number as f64),
        Value::Float(number) => Value::Float(number),
        Value::Str(text) => Value::Str(bump.alloc_str(text)),
        Value::List(items) => list(bump, items.iter().map(|item| resource_value(bump, item))),
        Value::Map(map) => {
            let entry = |(key, value)| (&*bump.alloc_str(key), resource_value(bump, value));
            object(bump, map.iter().map(entry))
        }
    }
}

/// Equality of JSON texts, for `test`: numbers are equal when they are written alike, so `1.0` in
/// a patch is not the `1` of a resource.
pub(super) fn reads_like(found: Value<'_>, expected: Value<'_>) -> bool {
    match (found, expected) {
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| reads_like(a, b))
        }
        (Value::Map(a), Value::Map(b)) => {
            let reads_there = |(key, a)| b.get(key).is_some_and(|b| reads_like(a, b));
            a.len() == b.len() && a.iter().all(reads_there)
        }
        // A whole number that was written as one is an `Int`: this one has a point or an exponent.
        (_, Value::Float(number)) if number.fract() == 0.0 && number.abs() < 1e21 => false,
        (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            to_json(found) == to_json(expected)
        }
        _ => found == expected,
    }
}
