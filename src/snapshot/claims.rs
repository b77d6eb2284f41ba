//! Which files name a policy, and which of them decides.
//!
//! Comes in:  the keys of a file's documents, whenever the file is read anew.
//! Goes out:  for one key, every place that names it, in the order of files.
//! Never here: what stands in the files.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::item::Key;

/// A document of a file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Place {
    pub(super) file: Arc<Path>,
    /// Which of its documents.
    pub(super) slot: usize,
}

/// The places of each key.
#[derive(Debug, Default)]
pub(super) struct Claims(HashMap<Key, Vec<Place>>);

impl Claims {
    /// A file names this key.
    pub(super) fn add(&mut self, key: &Key, place: Place) {
        let places = self.0.entry(key.clone()).or_default();
        let at = places.partition_point(|other| *other < place);
        places.insert(at, place);
    }

    /// A file does not name this key any more, wherever it did.
    pub(super) fn remove(&mut self, key: &Key, file: &Path) {
        if let Some(places) = self.0.get_mut(key) {
            places.retain(|place| &*place.file != file);
            if places.is_empty() {
                self.0.remove(key);
            }
        }
    }

    /// Where a key is named, in the order of files.
    pub(super) fn of(&self, key: &Key) -> &[Place] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }
}
