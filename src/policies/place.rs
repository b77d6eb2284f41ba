//! Where in a policy a finding stands, as a path: objects in reviews have no lines.

use portcullis_lang::value::{Item, Span};

/// The path of the innermost part of `item` that covers `at`: `spec.rules[0].match`.
pub(super) fn path(item: Item<'_>, at: Span) -> String {
    let mut path = String::new();
    let mut item = item;
    while let Some((step, inner)) = inner(item, at) {
        if !path.is_empty() && !step.starts_with('[') {
            path.push('.');
        }
        path.push_str(&step);
        match inner {
            Some(inner) => item = inner,
            None => break,
        }
    }
    path
}

/// The next step, and what stands there; a key alone ends the way.
fn inner(item: Item<'_>, at: Span) -> Option<(String, Option<Item<'_>>)> {
    let covers = |span: Span| span.start <= at.start && at.end <= span.end;
    let whole = item.span() == at;
    for entry in item.entries().filter(|_| !whole) {
        if covers(entry.key_span) {
            return Some((entry.key.to_owned(), None));
        }
        if covers(entry.item.span()) {
            return Some((entry.key.to_owned(), Some(entry.item)));
        }
    }
    let mut elements = item.elements().filter(|_| !whole).enumerate();
    let (index, element) = elements.find(|(_, element)| covers(element.span()))?;
    Some((format!("[{index}]"), Some(element)))
}

/// The value at a path that [`path`] made.
pub(super) fn at<'d>(item: Item<'d>, at: Span) -> Item<'d> {
    match inner(item, at) {
        Some((_, Some(inner))) => self::at(inner, at),
        _ => item,
    }
}

#[cfg(test)]
mod tests {
    use portcullis_lang::value::{Numbers, Span, yaml};

    use super::path;

    #[test]
    fn a_place_is_named_by_its_innermost_part() {
        let text = "spec:\n  rules:\n  - name: a\n  - name: b\n    deny: {}\n";
        let span = |words: &str| {
            let start = text.find(words).unwrap();
            Span {
                start,
                end: start + words.len(),
            }
        };
        let document = yaml::read(text, Numbers::AsWritten).remove(0).unwrap();
        let path = |words| path(document.item(), span(words));
        assert_eq!(path("b"), "spec.rules[1].name");
        assert_eq!(path("deny"), "spec.rules[1].deny");
        assert_eq!(path("{}"), "spec.rules[1].deny");
        assert_eq!(path("name: a\n  - name: b"), "spec.rules");
    }
}
