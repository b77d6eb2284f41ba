//! Lists and maps as operations see them: a value below each key, put, taken, or looked up.

use bumpalo::Bump;
use portcullis_lang::value::{List, Map, Value, list, object};

use super::error::Cause;

/// Something that has values below keys.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container<'v> {
    Map(Map<'v>),
    List(List<'v>),
}

impl<'v> Container<'v> {
    pub(super) fn of(value: Value<'v>) -> Option<Container<'v>> {
        match value {
            Value::Map(map) => Some(Container::Map(map)),
            Value::List(items) => Some(Container::List(items)),
            _ => None,
        }
    }

    /// The value below `key`. Below the empty key there is nothing, whatever the map holds there.
    pub(super) fn get(self, key: &str) -> Result<Value<'v>, Cause> {
        if key.is_empty() {
            return Ok(Value::Null);
        }
        match self {
            Container::Map(map) => map.get(key).ok_or_else(|| Cause::NoKey(key.to_owned())),
            Container::List(items) => {
                let index = index(key)?;
                let place = place(index, items.len()).ok_or(Cause::NoIndex(index))?;
                items.get(place).ok_or(Cause::NoIndex(index))
            }
        }
    }

    /// With `value` below `key`, in the place of what was there.
    pub(super) fn set(
        self,
        key: &str,
        value: Value<'v>,
        bump: &'v Bump,
    ) -> Result<Value<'v>, Cause> {
        match self {
            Container::Map(map) => Ok(with_entry(map, key, value, bump)),
            Container::List(items) => {
                let index = index(key)?;
                let place = place(index, items.len()).ok_or(Cause::NoIndex(index))?;
                let items = items.iter().enumerate();
                Ok(list(
                    bump,
                    items.map(|(at, old)| if at == place { value } else { old }),
                ))
            }
        }
    }

    /// With `value` below `key`; a list grows by it.
    pub(super) fn add(
        self,
        key: &str,
        value: Value<'v>,
        bump: &'v Bump,
    ) -> Result<Value<'v>, Cause> {
        let items = match self {
            Container::Map(map) => return Ok(with_entry(map, key, value, bump)),
            Container::List(items) => items,
        };
        let len = items.len();
        let at = if key == "-" {
            len
        } else {
            let index = parse_index(key).ok_or_else(|| Cause::NotAnIndexToAdd(key.to_owned()))?;
            place(index, len + 1).ok_or(Cause::NoIndex(index))?
        };
        let before = items.iter().take(at);
        Ok(list(
            bump,
            before.chain([value]).chain(items.iter().skip(at)),
        ))
    }

    /// Without what is below `key`; what is not there need not go.
    pub(super) fn remove(self, key: &str, bump: &'v Bump) -> Result<Value<'v>, Cause> {
        match self {
            Container::Map(map) => Ok(object(bump, map.iter().filter(|(name, _)| *name != key))),
            Container::List(items) => {
                let gone = place(index(key)?, items.len());
                let kept = items.iter().enumerate().filter(|(at, _)| Some(*at) != gone);
                Ok(list(bump, kept.map(|(_, item)| item)))
            }
        }
    }
}

fn with_entry<'v>(map: Map<'v>, key: &str, value: Value<'v>, bump: &'v Bump) -> Value<'v> {
    object(bump, map.iter().chain([(&*bump.alloc_str(key), value)]))
}

/// An index as Go's `strconv.Atoi` reads it: a sign is fine, and so are zeros in front.
pub(super) fn parse_index(key: &str) -> Option<i64> {
    key.parse().ok()
}

fn index(key: &str) -> Result<i64, Cause> {
    parse_index(key).ok_or_else(|| Cause::NotAnIndex(key.to_owned()))
}

/// Negative indices count from the end.
fn place(index: i64, len: usize) -> Option<usize> {
    let len = i64::try_from(len).ok()?;
    let place = if index < 0 { index + len } else { index };
    (0..len)
        .contains(&place)
        .then(|| usize::try_from(place).ok())?
}
