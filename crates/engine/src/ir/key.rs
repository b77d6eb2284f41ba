//! What tells one meaning from another.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A text that spells a meaning out; equal texts mean the same. Hashed once.
#[derive(Clone, Debug, Eq)]
pub(crate) struct Key {
    hash: u64,
    text: Arc<str>,
}

impl Key {
    pub(crate) fn new(text: &str) -> Key {
        let mut hasher = DefaultHasher::new();
        text.hash(&mut hasher);
        let hash = hasher.finish();
        let text = text.into();
        Key { hash, text }
    }

    /// The same for equal texts, in every build of a program.
    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        let same = || Arc::ptr_eq(&self.text, &other.text) || self.text == other.text;
        self.hash == other.hash && same()
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}
