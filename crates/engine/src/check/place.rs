//! From the path in an error text back to the place in the source.

use portcullis_lang::template::{Step, path_text};
use portcullis_lang::value::Item;

/// The part of `item` at `path`, as `template` writes paths: `/spec/containers/0/image`.
pub(crate) fn find<'p>(item: Item<'p>, path: &str) -> Option<Item<'p>> {
    if path.is_empty() {
        return Some(item);
    }
    let below = |step: Step<'_>, item: Item<'p>| {
        let rest = path.strip_prefix(path_text(&[step]).as_str())?;
        (rest.is_empty() || rest.starts_with('/')).then(|| find(item, rest))?
    };
    let mut entries = item.entries();
    let mut elements = item.elements().enumerate();
    entries
        .find_map(|entry| below(Step::Key(entry.key), entry.item))
        .or_else(|| elements.find_map(|(index, item)| below(Step::Index(index), item)))
}

#[cfg(test)]
mod tests {
    use super::find;
    use portcullis_lang::value::{Numbers, to_json, yaml};

    #[test]
    fn paths_lead_back() {
        check("", r#"{"a":3,"a/b":{"c":[1,{"":2}]}}"#);
        check("/a", "3");
        check("/a\\/b/c/0", "1");
        check("/a\\/b/c/1/", "2");
        check("/a\\/b/c/2", "none");
        check("/a/b", "none");
    }

    #[track_caller]
    fn check(path: &str, expect: &str) {
        let text = "{a/b: {c: [1, {'': 2}]}, a: 3}";
        let document = yaml::read_one(text, Numbers::AsWritten).unwrap();
        let found = find(document.item(), path);
        let found = found.map_or("none".to_owned(), |item| to_json(item.value()));
        assert_eq!(found, expect, "`{path}`");
    }
}
