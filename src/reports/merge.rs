//! What an update makes of the results that are there.

use super::entry::Entry;
use super::{Settles, Update};

/// The results after `update`; `None` where they are as they were.
pub(super) fn merged(known: &[Entry], update: &Update) -> Option<Vec<Entry>> {
    let mut fresh: Vec<&Entry> = update.entries.iter().collect();
    let mut changed = false;
    let mut merged = Vec::with_capacity(known.len().max(fresh.len()));
    for entry in known {
        match fresh.iter().position(|new| new.is_about(entry)) {
            Some(index) => {
                let new = fresh.swap_remove(index);
                let same = new.says_what(entry);
                changed |= !same;
                merged.push(if same { entry } else { new }.clone());
            }
            None if update.settles.drops(entry) => changed = true,
            None => merged.push(entry.clone()),
        }
    }
    changed |= !fresh.is_empty();
    merged.extend(fresh.into_iter().cloned());
    changed.then_some(merged)
}

impl Settles {
    fn drops(&self, entry: &Entry) -> bool {
        match self {
            Settles::Nothing => false,
            Settles::These(all) => all.iter().any(|judged| judged.judges(entry)),
        }
    }
}
