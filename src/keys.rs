//! The keys of a ConfigMap by which something is set.
//!
//! Comes in:  the `data` of the ConfigMap, a key.
//! Goes out:  its value, or the last good one and what is wrong.
//! Never here: what keys there are; following the ConfigMap (see `settings`).

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

/// The value of a key that holds JSON: nothing where it is absent, empty or `null`, and `last` where it
/// cannot be read, which is put down in `wrong`.
pub(crate) fn json<T: DeserializeOwned + Default>(
    data: &BTreeMap<String, String>,
    key: &str,
    last: T,
    wrong: &mut Vec<String>,
) -> T {
    let text = data.get(key).map_or("", |text| text.trim());
    if text.is_empty() {
        return T::default();
    }
    match serde_json::from_str::<Option<T>>(text) {
        Ok(value) => value.unwrap_or_default(),
        Err(error) => {
            wrong.push(format!("`{key}`: {error}"));
            last
        }
    }
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    #[rustfmt::skip] // A table: its columns stay aligned.
    fn values_and_what_stands_in_for_them() {
        check("k", "[1, 2]",  &[1, 2], &[]);
        check("k", " [1]\n",  &[1],    &[]);
        check("k", "null",    &[],     &[]);
        check("k", "",        &[],     &[]);
        check("k", "  ",      &[],     &[]);
        check("l", "[1]",     &[],     &[]);
        check("k", "[1",      &[7],    &["`k`: EOF while parsing a list at line 1 column 2"]);
        check("k", "{}",      &[7],    &["`k`: invalid type: map, expected a sequence at line 1 column 0"]);
    }

    #[track_caller]
    fn check(key: &str, text: &str, expect: &[i64], expect_wrong: &[&str]) {
        let data = [(key.to_owned(), text.to_owned())].into();
        let mut wrong = Vec::new();
        let found = json(&data, "k", vec![7], &mut wrong);
        assert_eq!(found, expect, "`{key}`: `{text}`");
        assert_eq!(wrong, expect_wrong, "`{key}`: `{text}`");
    }
}
