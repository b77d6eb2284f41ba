//! Wildcards in the keys of `metadata.labels` and `metadata.annotations`.
//!
//! Comes in:  a pattern map and the resource map beside it.
//! Goes out:  the pattern map, such keys replaced by the resource's keys that they fit.
//! Never here: wildcards in values, and in any other keys: those mean nothing.

use bumpalo::Bump;

use super::anchor::Key;
use super::mismatch::write;
use crate::scalar::wildcard;
use crate::value::{self, Map, Value};

/// The pattern with its wildcard keys made literal, where it has any.
pub(super) fn expand<'v>(bump: &'v Bump, pattern: Map<'v>, resource: Map<'v>) -> Map<'v> {
    let Some((metadata_key, Value::Map(wanted))) = entry(pattern, "metadata") else {
        return pattern;
    };
    let Some(Value::Map(found)) = resource.get("metadata") else {
        return pattern;
    };
    let expanded = ["labels", "annotations"].iter().fold(wanted, |map, tag| {
        match (entry(map, tag), found.get(tag)) {
            (Some((raw, Value::Map(wanted))), Some(Value::Map(found))) => {
                with(bump, map, raw, Value::Map(tags(bump, wanted, found)))
            }
            _ => map,
        }
    });
    with(bump, pattern, metadata_key, Value::Map(expanded))
}

/// The entry of a pattern map that names `name`, in whatever anchor.
fn entry<'v>(pattern: Map<'v>, name: &str) -> Option<(&'v str, Value<'v>)> {
    // An anchor makes a key longer, so most keys need not be read.
    let names = |raw: &str| raw == name || raw.len() > name.len() && Key::parse(raw).name == name;
    pattern.iter().find(|(raw, _)| names(raw))
}

fn with<'v>(bump: &'v Bump, map: Map<'v>, key: &'v str, value: Value<'v>) -> Map<'v> {
    let other = move |&(name, _): &(&str, Value<'_>)| name != key;
    value::map(bump, map.iter().filter(other).chain([(key, value)]))
}

/// Labels or annotations. Entries whose value is no text are dropped on the way, by an old
/// slip that policies may rely on.
fn tags<'v>(bump: &'v Bump, wanted: Map<'v>, found: Map<'v>) -> Map<'v> {
    let texts = |map: Map<'v>| map.iter().filter(|(_, value)| value.as_str().is_some());
    value::map(
        bump,
        texts(wanted).map(|(raw, value)| {
            let key = Key::parse(raw);
            if !wildcard::has_wildcard(raw) {
                return (raw, value);
            }
            // The smallest of the keys that fit, so that the choice does not depend on the
            // order in which a client wrote them.
            let fits = texts(found).filter(|(name, _)| wildcard::matches(key.name, name));
            match (fits.map(|(name, _)| name).min(), key.anchor) {
                (None, _) => (raw, value),
                (Some(name), None) => (name, value),
                (Some(name), Some(anchor)) => {
                    let prefix = anchor.prefix();
                    (write(bump, format_args!("{prefix}({name})")), value)
                }
            }
        }),
    )
}
