//! What a leader leaves to whoever leads next: annotations of its Lease.
//!
//! Comes in:  short texts, from rooms that lead.
//! Goes out:  the same, with the next renewal; to the next leader, before it begins.
//! Never here: anything that must not be a few seconds old.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Annotations. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Legacy(Arc<Mutex<Annotations>>);

#[derive(Debug, Default)]
struct Annotations {
    /// What this leader found.
    found: BTreeMap<String, String>,
    /// What it leaves.
    left: BTreeMap<String, String>,
}

impl Legacy {
    /// What the last leader left under this name.
    pub(crate) fn get(&self, key: &str) -> Option<String> {
        self.annotations().found.get(key).cloned()
    }

    /// Leaves this; until then there stays what was found.
    pub(crate) fn leave(&self, key: &str, text: String) {
        self.annotations().left.insert(key.to_owned(), text);
    }

    /// A term begins.
    pub(super) fn take_over(&self, found: Option<&BTreeMap<String, String>>) {
        *self.annotations() = Annotations {
            found: found.cloned().unwrap_or_default(),
            left: BTreeMap::new(),
        };
    }

    /// Adds what is left to the annotations of the Lease.
    pub(super) fn write(&self, annotations: &mut Option<BTreeMap<String, String>>) {
        let own = &self.annotations().left;
        if !own.is_empty() {
            let own = own.iter().map(|(key, text)| (key.clone(), text.clone()));
            annotations.get_or_insert_default().extend(own);
        }
    }

    fn annotations(&self) -> MutexGuard<'_, Annotations> {
        // A map is never left half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Legacy;

    #[test]
    fn a_term_begins_with_what_was_left_and_leaves_its_own() {
        let others = [("others", "x"), ("seen", "1")];
        let others = others.map(|(key, text)| (key.to_owned(), text.to_owned()));
        let mut lease = Some(BTreeMap::from(others));
        let legacy = Legacy::default();
        legacy.take_over(lease.as_ref());
        assert_eq!(legacy.get("seen").as_deref(), Some("1"));
        legacy.write(&mut lease);
        assert_eq!(lease.as_ref().unwrap()["seen"], "1");
        legacy.leave("seen", "2".to_owned());
        legacy.write(&mut lease);
        let shown = serde_json::to_string(&lease).unwrap();
        assert_eq!(shown, r#"{"others":"x","seen":"2"}"#);
        // What an earlier term left is older than what a later one found.
        legacy.take_over(None);
        let mut lease = None;
        legacy.write(&mut lease);
        assert_eq!((legacy.get("seen"), lease), (None, None));
    }
}
