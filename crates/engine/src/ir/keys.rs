//! Keys of a map and what belongs to them, found by length and then by halving: most keys of a
//! resource are refused by their length alone.

/// Sorted by length, then bytes.
#[derive(Debug)]
pub(crate) struct Keys<T> {
    entries: Box<[(Box<str>, T)]>,
    /// For each length of a key, where `entries` of that length start; two more at the end.
    lengths: Box<[u32]>,
}

impl<T> Default for Keys<T> {
    fn default() -> Keys<T> {
        Keys::new(Vec::new())
    }
}

impl<T> Keys<T> {
    /// The keys of `entries`, each of which stands there once.
    pub(crate) fn new(mut entries: Vec<(Box<str>, T)>) -> Keys<T> {
        entries.sort_by(|(a, _), (b, _)| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        let longest = entries.last().map_or(0, |(key, _)| key.len());
        let lengths = (0..=longest + 1)
            .map(|length| entries.partition_point(|(key, _)| key.len() < length) as u32)
            .collect();
        Keys {
            entries: entries.into(),
            lengths,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.entries.iter().map(|(key, of)| (&**key, of))
    }

    /// What belongs to `key`.
    pub(crate) fn get(&self, key: &str) -> Option<&T> {
        let from = *self.lengths.get(key.len())?;
        let to = *self.lengths.get(key.len() + 1)?;
        match self.entries.get(from as usize..to as usize)? {
            [] => None,
            [(name, of)] => (**name == *key).then_some(of),
            same_length => {
                let found = same_length.binary_search_by(|(name, _)| (**name).cmp(key));
                same_length.get(found.ok()?).map(|(_, of)| of)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keys;

    #[test]
    fn a_key_is_found_among_keys_of_its_length() {
        let keys = ["spec", "kind", "a", "metadata", ""].map(|key| (Box::from(key), key));
        let keys = Keys::new(keys.to_vec());
        for (key, found) in keys.iter() {
            assert_eq!(keys.get(key), Some(found));
        }
        for key in ["b", "name", "no", "apiVersion1"] {
            assert_eq!(keys.get(key), None, "{key}");
        }
        assert_eq!(Keys::<()>::new(Vec::new()).get("a"), None);
    }
}
