//! Patterns: keys parsed and put into the order of evaluation, scalars made ready.
//!
//! The meaning is that of `lang::pattern`, which stays the reference. Not lowered are lists of lists
//! and wildcard keys of labels and annotations that stand beside other keys.

use std::sync::Arc;

use portcullis_lang::pattern::anchor::{Anchor, Key};
use portcullis_lang::scalar::wildcard::{self, Wildcard};
use portcullis_lang::value::{Map, Value};

use super::Why;
use super::spell::spelled;
use crate::ir::{MapPattern, Name, Pattern, Relation, Scalar, Step, Wanted};

/// Deeper patterns are left to the evaluator that counts its depth.
const DEEPEST: usize = 64;

/// What stands at a place of a pattern, as far as that changes the meaning of keys.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Place {
    /// `metadata` of whatever map.
    Metadata,
    /// `labels` or `annotations` of `metadata`.
    Tags,
    Anywhere,
}

/// Lowers a pattern without variables.
pub(super) fn pattern(value: Value<'_>) -> Result<Pattern, Why> {
    lower(value, Place::Anywhere, 0)
}

fn lower(value: Value<'_>, place: Place, depth: usize) -> Result<Pattern, Why> {
    if depth > DEEPEST {
        return Err("a pattern that is nested deeply");
    }
    Ok(match value {
        Value::Map(entries) => Pattern::Map(map(entries, place, depth)?),
        Value::List(items) => match items.first() {
            None => Pattern::Never,
            Some(Value::Map(entries)) => {
                Pattern::EachMap(map(entries, Place::Anywhere, depth + 1)?)
            }
            Some(Value::List(_)) => return Err("a pattern of lists by position"),
            Some(scalar) => Pattern::EachScalar(self::scalar(scalar)),
        },
        scalar => Pattern::Scalar(self::scalar(scalar)),
    })
}

fn scalar(value: Value<'_>) -> Arc<Scalar> {
    Arc::new(Scalar::new(spelled(value), value))
}

fn map(entries: Map<'_>, place: Place, depth: usize) -> Result<MapPattern, Why> {
    let mut sorted: Vec<(&str, Value<'_>)> = entries.iter().collect();
    sorted.sort_by_key(|(raw, _)| *raw);
    if place == Place::Tags {
        check_tags(&sorted)?;
    }
    let (mut deciding, mut anchored, mut plain) = (Vec::new(), Vec::new(), Vec::new());
    for (raw, wanted) in sorted {
        let key = Key::parse(raw);
        let below = place_below(entries, place, raw);
        let step = step(key, wanted, place, below, depth + 1)?;
        match key.anchor {
            Some(Anchor::Global) => anchored.push(step),
            Some(anchor) if anchor.validates() => deciding.push(step),
            _ if has_anchors(wanted) => anchored.push(step),
            _ => plain.push(step),
        }
    }
    anchored.reverse();
    anchored.append(&mut plain);
    Ok(MapPattern {
        deciding: deciding.into(),
        others: anchored.into(),
    })
}

/// Values of labels and annotations that are no text are dropped where the resource has any, and a
/// wildcard key becomes the resource's own: then neither the keys nor their order are known here.
fn check_tags(entries: &[(&str, Value<'_>)]) -> Result<(), Why> {
    if entries.iter().any(|(_, value)| value.as_str().is_none()) {
        return Err("a label or annotation whose pattern is no text");
    }
    let wild = |raw: &str| wildcard::has_wildcard(raw);
    let renamed = |raw: &str| wild(raw) && Key::parse(raw).anchor == Some(Anchor::AddIfAbsent);
    if entries.iter().any(|(raw, _)| renamed(raw))
        || (entries.len() > 1 && entries.iter().any(|(raw, _)| wild(raw)))
    {
        return Err("a wildcard label or annotation beside others");
    }
    Ok(())
}

/// Only the first entry that names a place counts as that place.
fn place_below(entries: Map<'_>, place: Place, raw: &str) -> Place {
    let is_first = |name: &str| {
        let mut named = entries.iter();
        named
            .find(|(other, _)| Key::parse(other).name == name)
            .is_some_and(|(first, value)| first == raw && value.as_map().is_some())
    };
    if is_first("metadata") {
        Place::Metadata
    } else if place == Place::Metadata && (is_first("labels") || is_first("annotations")) {
        Place::Tags
    } else {
        Place::Anywhere
    }
}

fn step(
    key: Key<'_>,
    wanted: Value<'_>,
    place: Place,
    below: Place,
    depth: usize,
) -> Result<Step, Why> {
    let anchor = key.anchor.filter(|anchor| anchor.validates());
    let (relation, wanted) = match anchor {
        Some(Anchor::Negation) => (Relation::Negation, Wanted::Present),
        Some(Anchor::Existence) => (Relation::Optional, existence(wanted, depth)?),
        Some(anchor) => {
            let relation = match anchor {
                Anchor::Conditional => Relation::Conditional,
                Anchor::Global => Relation::Global,
                _ => Relation::Optional,
            };
            (relation, Wanted::Fits(lower(wanted, below, depth)?))
        }
        None if wanted.as_str() == Some("*") => (Relation::Plain, Wanted::NotNull),
        None => {
            let pattern = lower(wanted, below, depth)?;
            let or_null =
                matches!(&pattern, Pattern::Scalar(scalar) if scalar.ready.matches(Value::Null));
            let relation = if or_null {
                Relation::OrNull
            } else {
                Relation::Plain
            };
            (relation, Wanted::Fits(pattern))
        }
    };
    let name = if anchor.is_some() { key.name } else { key.raw };
    let name = if place == Place::Tags && wildcard::has_wildcard(key.raw) {
        Name::Smallest(Wildcard::new(key.name))
    } else {
        Name::Exact(name.into())
    };
    Ok(Step {
        relation,
        name,
        wanted,
    })
}

/// `^(k)`: of anything but a list of maps, nothing fits.
fn existence(wanted: Value<'_>, depth: usize) -> Result<Wanted, Why> {
    let Value::List(patterns) = wanted else {
        return Ok(Wanted::Fits(Pattern::Never));
    };
    let mut maps = Vec::new();
    for pattern in patterns {
        let Value::Map(entries) = pattern else {
            return Ok(Wanted::Fits(Pattern::Never));
        };
        maps.push(map(entries, Place::Anywhere, depth + 1)?);
    }
    Ok(Wanted::Some(maps.into()))
}

/// Does a pattern hold an anchor that means something in validation, at any depth?
fn has_anchors(pattern: Value<'_>) -> bool {
    match pattern {
        Value::Map(entries) => entries.iter().any(|(raw, below)| {
            Key::parse(raw).anchor.is_some_and(Anchor::validates) || has_anchors(below)
        }),
        Value::List(items) => items.iter().any(has_anchors),
        _ => false,
    }
}
