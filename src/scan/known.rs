//! What is kept of an object: as little as can be, because there are many.
//!
//! Comes in:  objects.
//! Goes out:  a hash of what policies mostly look at, and digests of what they said.
//! Never here: the objects themselves.

use std::hash::{DefaultHasher, Hash as _, Hasher};
use std::sync::Arc;

use kube::api::DynamicObject;
use serde_json::Value as Json;

use crate::reports::Entry;

/// A `metadata.uid` as a number.
pub(super) type Uid = u128;

/// One object.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) namespace: Arc<str>,
    pub(super) name: Box<str>,
    /// Of the object as it was evaluated last; none where it has to be evaluated anew.
    pub(super) hash: Option<u64>,
    /// What each judge said; nothing of those that said nothing.
    pub(super) verdicts: Vec<Verdict>,
    /// In which list it was seen last.
    pub(super) list: u32,
}

/// What one policy said of one object.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Verdict {
    /// Which policy: see [`super::judge::Judge::id`].
    pub(super) judge: u64,
    /// Its results, without their times.
    pub(super) digest: u64,
}

/// The number that a `metadata.uid` is. One that is no UUID is hashed.
pub(super) fn uid(text: &str) -> Uid {
    let digits: String = text.chars().filter(|character| *character != '-').collect();
    match Uid::from_str_radix(&digits, 16) {
        Ok(number) if digits.len() == 32 => number,
        _ => Uid::from(hash_of(&text)),
    }
}

/// The text of a number that [`uid`] made of a UUID.
pub(super) fn uid_text(uid: Uid) -> String {
    let digits = format!("{uid:032x}");
    let part = |range| digits.get(range).unwrap_or_default();
    let parts = [
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32),
    ];
    parts.join("-")
}

/// Of what does not change by itself: labels, annotations, and everything outside of the metadata but
/// `status`, `scale` and the node that a Pod runs on.
pub(super) fn hash(object: &DynamicObject) -> u64 {
    let mut hasher = DefaultHasher::new();
    object.metadata.labels.hash(&mut hasher);
    object.metadata.annotations.hash(&mut hasher);
    for (key, value) in object.data.as_object().into_iter().flatten() {
        match (key.as_str(), value.as_object()) {
            ("status" | "scale", _) => {}
            ("spec", Some(spec)) => {
                let kept = spec.iter().filter(|(key, _)| *key != "nodeName");
                kept.for_each(|(key, value)| {
                    key.hash(&mut hasher);
                    feed(value, &mut hasher);
                });
            }
            _ => {
                key.hash(&mut hasher);
                feed(value, &mut hasher);
            }
        }
    }
    hasher.finish()
}

fn feed(value: &Json, hasher: &mut DefaultHasher) {
    match value {
        Json::Null => hasher.write_u8(0),
        Json::Bool(flag) => (1_u8, flag).hash(hasher),
        Json::Number(number) => (2_u8, number).hash(hasher),
        Json::String(text) => (3_u8, text).hash(hasher),
        Json::Array(items) => {
            (4_u8, items.len()).hash(hasher);
            items.iter().for_each(|item| feed(item, hasher));
        }
        Json::Object(fields) => {
            (5_u8, fields.len()).hash(hasher);
            for (key, value) in fields {
                key.hash(hasher);
                feed(value, hasher);
            }
        }
    }
}

/// Of results, whatever their order.
pub(super) fn digest<'e>(entries: impl Iterator<Item = &'e Entry>) -> Option<u64> {
    let hashes = entries.map(Entry::digest);
    hashes.reduce(u64::wrapping_add)
}

/// Stays the same while the process lives.
pub(super) fn hash_of(value: &impl std::hash::Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}
